import {
  ProvisionedThroughputExceededException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { CompleteMultipartUploadCommand, PutObjectCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import {
  BatchGetCommand,
  GetCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { MessageContext } from '../../shared/messages/context.ts';
import type { Database } from '../../shared/platform/dynamodb.ts';
import type { Calls, Process } from './calls.ts';
import { SimulatedDynamoDb } from './dynamodb.ts';
import type { Queues } from './queues.ts';
import type { SimulatedS3 } from './s3.ts';

/** Names of the tables, which are their own. */
export const tables = {
  projects: 'projects',
  members: 'members',
  users: 'users',
  messages: 'messages',
  lines: 'lines',
  files: 'files',
  history: 'history',
  unpublished: 'unpublished',
  incidents: 'incidents',
  control: 'control',
  accounts: 'accounts',
  sessions: 'sessions',
  attempts: 'attempts',
  connections: 'connections',
  subscriptions: 'subscriptions',
  channels: 'channels',
  processes: 'processes',
  workspaces: 'workspaces',
} as const;

export const filesBucket = 'files';
export const attachmentsBucket = 'attachments';
export const workspacesBucket = 'workspaces';

/** The gateway's tables, with the keys that infra/constructs/platform.ts gives them. */
export const createTables = (
  watch: ConstructorParameters<typeof SimulatedDynamoDb>[1],
  now: () => number,
): SimulatedDynamoDb =>
  new SimulatedDynamoDb(
    {
      projects: { hash: 'projectNo' },
      members: { hash: 'projectNo', range: 'member' },
      users: { hash: 'accessIdentifier' },
      messages: { hash: 'messageId' },
      lines: { hash: 'line', range: 'position' },
      files: { hash: 'fileId' },
      history: { hash: 'subject', range: 'sequence' },
      unpublished: { hash: 'subject', range: 'sequence' },
      incidents: { hash: 'incidentId' },
      control: { hash: 'name' },
      accounts: { hash: 'account' },
      sessions: { hash: 'sessionId' },
      attempts: { hash: 'subject' },
      connections: { hash: 'connectionId' },
      subscriptions: { hash: 'channel', range: 'subscriber' },
      channels: { hash: 'channel', range: 'offset' },
      processes: { hash: 'scope', range: 'item' },
      workspaces: { hash: 'scope', range: 'item' },
    },
    watch,
    now,
  );

type Sleep = (milliseconds: number) => Promise<void>;

const noAnswer = () => Object.assign(new Error('no answer'), { name: 'TimeoutError' });

/** DynamoDB as one process has it. */
export function databaseOf<Version>(
  calls: Calls<Version>,
  process: Process<Version>,
  dynamodb: SimulatedDynamoDb,
  lag: () => number,
): Database {
  const send = (command: object): Promise<unknown> =>
    calls.make(process, {
      service: 'dynamodb',
      what: () => describe(command),
      perform: () => dynamodb.execute(command, isConsistent(command) ? 0 : lag()),
      lost: noAnswer,
      busy: () => busyWith(command),
      // The SDK gives each TransactWriteItems a token of its own.
      isIdempotent: command instanceof TransactWriteCommand,
    });
  return { send: send as Database['send'] };
}

/** Whether a request sees everything that was written before. Writes always do. */
function isConsistent(command: object): boolean {
  if (command instanceof BatchGetCommand)
    return Object.values(command.input.RequestItems ?? {}).every(({ ConsistentRead }) => ConsistentRead);
  if (command instanceof GetCommand || command instanceof QueryCommand || command instanceof ScanCommand)
    return command.input.ConsistentRead === true;
  return true;
}

function busyWith(command: object): Error {
  const $metadata = {};
  if (command instanceof TransactWriteCommand) {
    const actions = command.input.TransactItems ?? [];
    const CancellationReasons = actions.map((_, index) => ({ Code: index === 0 ? 'TransactionConflict' : 'None' }));
    return new TransactionCanceledException({ message: 'Transaction cancelled', $metadata, CancellationReasons });
  }
  if (command instanceof UpdateCommand) return new TransactionConflictException({ message: 'Conflict', $metadata });
  return new ProvisionedThroughputExceededException({ message: 'Too many requests', $metadata });
}

/** A command in short, for the trace: what is written, and to which items. */
function describe(command: object): string {
  const name = command.constructor.name.replace('Command', '');
  if (!('input' in command)) return name;
  if (!(command instanceof TransactWriteCommand)) return `${name} ${JSON.stringify(command.input).slice(0, 250)}`;
  const actions = command.input.TransactItems ?? [];
  return `${name} ${actions.flatMap((action) => Object.entries(action).map(describeAction)).join('; ')}`;
}

interface Action {
  TableName?: string | undefined;
  Key?: object | undefined;
  Item?: object | undefined;
  ExpressionAttributeValues?: object | undefined;
}

function describeAction([kind, action = {}]: [string, Action | undefined]): string {
  const { TableName, Key, Item, ExpressionAttributeValues = {} } = action;
  return `${kind} ${TableName} ${JSON.stringify(Key ?? Item)} ${JSON.stringify(ExpressionAttributeValues)}`.slice(
    0,
    250,
  );
}

/** SQS as one process has it. */
export function sqsOf(calls: Calls, process: Process, queues: Queues): MessageContext['sqs'] {
  const send = (command: object): Promise<unknown> =>
    calls.make(process, {
      service: 'sqs',
      what: () => describe(command),
      perform: () => {
        if (!(command instanceof SendMessageBatchCommand))
          throw new Error(`${command.constructor.name} is not simulated`);
        for (const { MessageBody = '' } of command.input.Entries ?? [])
          queues.send(command.input.QueueUrl ?? '', MessageBody);
        return {};
      },
      lost: noAnswer,
      busy: () => Object.assign(new Error('try again'), { name: 'ServiceUnavailable' }),
    });
  return { send: send as MessageContext['sqs']['send'] };
}

/** How long S3 takes, in milliseconds, for what may take it long. */
export interface S3Times {
  put(): number;
  /** Time of a completion, in addition to the usual. */
  complete(): number;
  /** Whether the answer to a completion is lost. */
  isUnanswered(): boolean;
}

/** S3 as one process has it: of the SDK's own class, as its paginators ask for. */
export function s3Of(calls: Calls, process: Process, s3: SimulatedS3, times: S3Times, sleep: Sleep): S3Client {
  const send = (command: object, options: { abortSignal?: AbortSignal } = {}): Promise<unknown> => {
    const late = command instanceof CompleteMultipartUploadCommand ? times.complete() : 0;
    const completeLate = (completion: CompleteMultipartUploadCommand) => {
      const complete = s3.beginCompleting(completion);
      const { promise, reject } = Promise.withResolvers<never>();
      process.listen(options.abortSignal, () => reject(noAnswer()));
      const answered = Promise.race([sleep(late).then(complete), promise]);
      answered.catch(() => {}); // A process that has ended waits for no answer.
      return answered;
    };
    const answer = calls.make(process, {
      service: 's3',
      what: () => describe(command),
      perform: () => (late > 0 ? completeLate(command as CompleteMultipartUploadCommand) : s3.execute(command)),
      lost: noAnswer,
      delay: command instanceof PutObjectCommand ? times.put() : 0,
      busy: () => Object.assign(new Error('Please reduce your request rate'), { name: 'SlowDown' }),
      signal: options.abortSignal,
    });
    if (command instanceof UploadPartCommand) s3.onPart(process, command.input, answer);
    const isUnanswered = command instanceof CompleteMultipartUploadCommand && times.isUnanswered();
    return isUnanswered ? answer.then(() => Promise.reject(noAnswer())) : answer;
  };
  const client: S3Client = Object.create(S3Client.prototype);
  return Object.assign(client, { send });
}
