import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { messageTypes } from '../../shared/portal/messages.ts';
import { policies, type Rights, rightsOf, rightsOfRole } from './rights.ts';
import { allFunctions, messageFunctions, synthesize, transferFunctions } from './synthesis.ts';

const synthesis = synthesize();

const of = (service: string, actions: string) => actions.split(' ').map((action) => `${service}:${action}`);
const table = (actions: string) => of('dynamodb', actions);
const objects = (actions: string): Rights => ({ 'FilesBucket/projects/*': of('s3', actions) });
const secret = of('secretsmanager', 'GetSecretValue');

const appending = (actions: string): Rights => ({
  HistoryTable: table(actions),
  UnpublishedTable: table('PutItem'),
});

/** Lambda writes the log and the trace in a function's name. Traces are no resources. */
const logs: Rights = {
  'own logs': of('logs', 'CreateLogStream PutLogEvents'),
  '*': of('xray', 'PutTelemetryRecords PutTraceSegments'),
};
const portal: Rights = { PortalApiKeySecret: secret };

/** What every function may that moves messages on in their lines. */
const lineWork: Rights = {
  ...logs,
  MessagesTable: table('GetItem BatchGetItem UpdateItem'),
  LinesTable: table('Query UpdateItem DeleteItem'),
  IncidentsTable: table('UpdateItem'),
  ...Object.fromEntries(messageTypes.map((type) => [`${type}Queue`, of('sqs', 'SendMessage')])),
};

/** What every function may that handles messages. */
const handling: Rights = {
  ...lineWork,
  ControlTable: table('GetItem PutItem UpdateItem'),
  'InternalBucket/messages/*': of('s3', 'GetObject'),
};

/** What a function may beside that when it starts transfers. */
const starting: Rights = {
  'arn:AWS::Partition:states:AWS::Region:AWS::AccountId:stateMachine:dst-gateway-transfer': of(
    'states',
    'StartExecution',
  ),
  MessagesTable: table('GetItem BatchGetItem UpdateItem'),
  FilesTable: table('BatchGetItem ConditionCheckItem UpdateItem'),
  LinesTable: table('BatchGetItem Query UpdateItem DeleteItem'),
  ControlTable: table('GetItem BatchGetItem UpdateItem'),
  FilesBucket: of('s3', 'ListBucketMultipartUploads'),
  ...objects('AbortMultipartUpload'),
};

const startingAndPutting: Rights = {
  ...starting,
  ControlTable: table('GetItem BatchGetItem PutItem UpdateItem'),
  LinesTable: table('BatchGetItem Query PutItem UpdateItem DeleteItem'),
};

/** What a function may beside line work and starting when it takes results up. */
const registering: Rights = {
  ProjectsTable: table('GetItem ConditionCheckItem'),
  MembersTable: table('PutItem'),
  FilesTable: table('BatchGetItem ConditionCheckItem PutItem UpdateItem'),
  LinesTable: table('BatchGetItem Query PutItem UpdateItem DeleteItem'),
  IncidentsTable: table('GetItem UpdateItem'),
  ...appending('Query PutItem'),
  FilesBucket: of('s3', 'ListBucket ListBucketMultipartUploads'),
  'FilesBucket/outbox/*': of('s3', 'GetObject DeleteObject'),
};

const expected: Record<string, Rights> = {
  'accounts/api': logs,
  'api/openapi': logs,
  'auth/api': logs,
  'messages/poll': {
    ...lineWork,
    ...starting,
    ...portal,
    MessagesTable: table('GetItem BatchGetItem PutItem UpdateItem'),
    LinesTable: table('BatchGetItem Query Scan PutItem UpdateItem DeleteItem'),
    MembersTable: table('PutItem'),
    UsersTable: table('BatchGetItem'),
    IncidentsTable: table('BatchGetItem Scan UpdateItem'),
    ControlTable: table('GetItem BatchGetItem ConditionCheckItem UpdateItem'),
    'InternalBucket/messages/*': of('s3', 'GetObject PutObject'),
    PollFailureQueue: of('sqs', 'SendMessage'),
  },
  'projects/create-project': {
    ...handling,
    ...portal,
    IncidentsTable: table('GetItem UpdateItem'),
    ProjectsTable: table('GetItem PutItem'),
    ...appending('Query PutItem'),
    FilesBucket: of('s3', 'ListBucket ListBucketMultipartUploads'),
    'FilesBucket/outbox/*': of('s3', 'GetObject DeleteObject AbortMultipartUpload'),
  },
  'projects/delete-project': {
    ...handling,
    ...portal,
    ProjectsTable: table('GetItem UpdateItem DeleteItem'),
    MembersTable: table('Query DeleteItem'),
    UsersTable: table('BatchGetItem ConditionCheckItem DeleteItem'),
    FilesTable: table('BatchGetItem ConditionCheckItem UpdateItem DeleteItem'),
    ...appending('Query PutItem'),
    FilesBucket: of('s3', 'ListBucket ListBucketMultipartUploads'),
    'FilesBucket/projects/*': of('s3', 'AbortMultipartUpload DeleteObject'),
    'FilesBucket/outbox/*': of('s3', 'AbortMultipartUpload DeleteObject'),
    'InternalBucket/messages/*': of('s3', 'GetObject DeleteObject'),
  },
  'users/create-project-access': {
    ...handling,
    ...portal,
    PasswordSecret: secret,
    ProjectsTable: table('GetItem'),
    MembersTable: table('GetItem PutItem'),
    UsersTable: table('GetItem PutItem'),
    ...appending('Query PutItem'),
  },
  'users/delete-project-access': {
    ...handling,
    ...portal,
    MembersTable: table('DeleteItem'),
    UsersTable: table('GetItem DeleteItem'),
    ...appending('Query PutItem'),
  },
  'users/disable-project-access': {
    ...handling,
    ...portal,
    UsersTable: table('GetItem UpdateItem'),
    ...appending('Query PutItem'),
  },
  'users/enable-project-access': {
    ...handling,
    ...portal,
    UsersTable: table('GetItem UpdateItem'),
    ...appending('PutItem'),
  },
  'users/reset-password': {
    ...handling,
    ...portal,
    PasswordSecret: secret,
    UsersTable: table('GetItem UpdateItem'),
    ...appending('PutItem'),
  },
  'files/data-delivery-ready': {
    ...handling,
    ...portal,
    ...startingAndPutting,
    MessagesTable: table('GetItem BatchGetItem ConditionCheckItem UpdateItem'),
    ProjectsTable: table('GetItem'),
    MembersTable: table('PutItem'),
    FilesTable: table('BatchGetItem ConditionCheckItem PutItem UpdateItem'),
    ...appending('BatchGetItem Query PutItem'),
  },
  'files/delete-data-file': {
    ...handling,
    ...portal,
    ...objects('AbortMultipartUpload DeleteObject'),
    FilesBucket: of('s3', 'ListBucketMultipartUploads'),
    MembersTable: table('DeleteItem'),
    LinesTable: table('ConditionCheckItem Query UpdateItem DeleteItem'),
    FilesTable: table('BatchGetItem ConditionCheckItem UpdateItem DeleteItem'),
    ...appending('Query PutItem'),
  },
  'files/return-data-file': { ...handling, ...startingAndPutting },
  'files/prepare-transfer': {
    ...logs,
    ...objects('AbortMultipartUpload'),
    FilesBucket: of('s3', 'ListBucketMultipartUploads'),
    MessagesTable: table('GetItem UpdateItem'),
    FilesTable: table('BatchGetItem UpdateItem'),
    ControlTable: table('UpdateItem'),
  },
  'files/copy-files': {
    ...logs,
    ...portal,
    ...objects('GetObject PutObject AbortMultipartUpload'),
    FilesTable: table('BatchGetItem UpdateItem'),
    ControlTable: table('GetItem UpdateItem'),
  },
  'files/send-file': {
    ...logs,
    ...portal,
    ...objects('GetObject'),
    'FilesBucket/outbox/*': of('s3', 'GetObject'),
    FilesBucket: of('s3', 'ListBucket'),
    MessagesTable: table('UpdateItem'),
    FilesTable: table('BatchGetItem UpdateItem'),
    ControlTable: table('GetItem UpdateItem'),
  },
  'files/complete-transfer': {
    ...lineWork,
    ...starting,
    ...portal,
    ...registering,
    ...objects('GetObject PutObject ListMultipartUploadParts AbortMultipartUpload'),
    MembersTable: table('PutItem DeleteItem'),
    FilesTable: table('BatchGetItem ConditionCheckItem PutItem UpdateItem DeleteItem'),
  },
  'files/register-result': { ...lineWork, ...starting, ...registering },
  'files/sweep-outbox': {
    ...lineWork,
    ...starting,
    ...registering,
    SweepFailureQueue: of('sqs', 'SendMessage'),
  },
  'files/fail-transfer': { ...lineWork, ...starting },
  'operations/publish-events': {
    ...logs,
    UnpublishedTable: table('Scan BatchWriteItem'),
    EventBus: of('events', 'PutEvents'),
    PublishFailureQueue: of('sqs', 'SendMessage'),
  },
  'users/take-one-time-password': {
    ...logs,
    PasswordSecret: secret,
    UsersTable: table('GetItem UpdateItem'),
    MessagesTable: table('GetItem'),
    ...appending('PutItem'),
  },
};

/** The event source mapping of a message function receives in its name. */
const receiving = of(
  'sqs',
  'ChangeMessageVisibility DeleteMessage GetQueueAttributes GetQueueUrl ReceiveMessage SendMessage',
);
for (const [type, entry] of Object.entries(messageFunctions)) {
  expected[entry] = { ...expected[entry], [`${type}Queue`]: receiving };
}
expected['files/register-result'] = {
  ...expected['files/register-result'],
  OutboxQueue: receiving.filter((action) => action !== 'sqs:SendMessage'),
};

/** What the key that encrypts all has to be allowed for, where a right to what it encrypts is given. */
function withKey(rights: Rights): Rights {
  const actions = Object.values(rights).flat();
  const does = (action: string) => actions.includes(action);
  const key = (actions: string) => of('kms', actions);
  return {
    ...rights,
    ...(actions.some((action) => action.startsWith('dynamodb:')) && {
      'EncryptionKey by dynamodb': key(
        'Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo',
      ),
    }),
    ...(does('s3:GetObject') && { 'EncryptionKey by s3': key('Decrypt') }),
    ...(does('s3:PutObject') && { 'EncryptionKey by s3': key('Decrypt GenerateDataKey') }),
    ...(does('sqs:SendMessage') && { 'EncryptionKey by sqs': key('Decrypt GenerateDataKey') }),
    ...(does('sqs:ReceiveMessage') && { EncryptionKey: key('Decrypt') }),
    ...(does('secretsmanager:GetSecretValue') && { 'EncryptionKey by secretsmanager': key('Decrypt') }),
  };
}

const roleArn = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) });

const sorted = (rights: Rights): Rights =>
  Object.fromEntries(Object.entries(rights).map(([resource, actions]) => [resource, [...actions].sort()]));

describe('rights', () => {
  it.each(allFunctions)('of %s are exactly these', (entry) => {
    expect(rightsOf(synthesis, entry)).toEqual(sorted(withKey(expected[entry] ?? {})));
  });

  it('to the history are to read and append, for nobody to change or delete', () => {
    const rights = allFunctions.flatMap((entry) => rightsOf(synthesis, entry).HistoryTable ?? []);
    expect(new Set(rights)).toEqual(new Set(table('BatchGetItem Query PutItem')));
  });

  it('to put on the bus has one function alone', () => {
    const mayPublish = allFunctions.filter((entry) => rightsOf(synthesis, entry).EventBus);
    expect(mayPublish).toEqual(['operations/publish-events']);
  });

  const writers = {
    ProjectsTable: ['projects/create-project', 'projects/delete-project'],
    UsersTable: [...Object.values(messageFunctions), 'users/take-one-time-password'].filter((entry) =>
      /access|password|delete-project$/.test(entry),
    ),
    FilesTable: [
      'messages/poll',
      'projects/delete-project',
      'files/data-delivery-ready',
      'files/delete-data-file',
      'files/return-data-file',
      'files/prepare-transfer',
      'files/copy-files',
      'files/send-file',
      'files/complete-transfer',
      'files/fail-transfer',
      'files/register-result',
      'files/sweep-outbox',
    ],
  };

  it.each(Object.entries(writers))('to write to %s have only these', (name, entries) => {
    const mayWrite = (entry: string) =>
      rightsOf(synthesis, entry)[name]?.some((action) => /:(Put|Update|Delete)Item$/.test(action));
    expect(allFunctions.filter(mayWrite)).toEqual(entries.toSorted());
  });

  it('of the state machine are its five functions, its task with the roles of that, and what delivering logs and traces takes', () => {
    const { id: task, properties } = synthesis.task;
    const [cluster] = Object.keys(synthesis.resources('AWS::ECS::Cluster'));
    const passed = [properties.TaskRoleArn, properties.ExecutionRoleArn];
    const [machine] = Object.values(synthesis.resources('AWS::StepFunctions::StateMachine'));
    const names = Object.fromEntries(
      Object.values(transferFunctions).map((entry) => [synthesis.lambda(entry).id, entry]),
    );

    const { '*': telling, ...rights } = rightsOfRole(synthesis, machine?.Properties.RoleArn, names);

    expect(rights).toEqual(
      Object.fromEntries([
        ...Object.values(transferFunctions).map((entry) => [entry, ['lambda:InvokeFunction']]),
        [task, ['ecs:RunTask']],
        [`arn:AWS::Partition:ecs:AWS::Region:AWS::AccountId:task/${cluster}/*`, ['ecs:TagResource']],
        ...passed.map((arn) => [roleArn.parse(arn)['Fn::GetAtt'][0], ['iam:PassRole']]),
      ]),
    );
    expect(telling).toEqual([
      ...of(
        'logs',
        'CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies GetLogDelivery ListLogDeliveries PutResourcePolicy UpdateLogDelivery',
      ),
      ...of('xray', 'GetSamplingRules GetSamplingTargets PutTelemetryRecords PutTraceSegments'),
    ]);
  });

  it.each(['messages/poll', 'files/sweep-outbox', 'operations/publish-events'])(
    'of the schedule of %s are to invoke that, and nothing else',
    (entry) => {
      const { id } = synthesis.lambda(entry);
      const target = z.object({ Arn: z.unknown(), RoleArn: z.unknown() });
      const [schedule, ...others] = Object.values(synthesis.resources('AWS::Scheduler::Schedule'))
        .map(({ Properties }) => target.parse(Properties.Target))
        .filter(({ Arn }) => roleArn.safeParse(Arn).data?.['Fn::GetAtt'][0] === id);
      expect(others).toEqual([]);

      const rights = rightsOfRole(synthesis, schedule?.RoleArn, { [id]: entry });

      expect(new Set(Object.keys(rights).map((resource) => resource.replace(/:\*$/, '')))).toEqual(new Set([entry]));
      expect(new Set(Object.values(rights).flat())).toEqual(new Set(['lambda:InvokeFunction']));
    },
  );

  it('to pass roles on are for ECS alone', () => {
    const passing = policies(synthesis)
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Action }) => Action.includes('iam:PassRole'));
    const Condition = { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } };
    expect(passing).toEqual([expect.objectContaining({ Action: ['iam:PassRole'], Condition })]);
  });

  it('to tag tasks are for those that it runs, when it runs them', () => {
    const tagging = policies(synthesis)
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Action }) => Action.includes('ecs:TagResource'));
    const Condition = { StringEquals: { 'ecs:CreateAction': 'RunTask' } };
    expect(tagging).toEqual([expect.objectContaining({ Action: ['ecs:TagResource'], Condition })]);
  });

  it('to invoke functions are for what is called, not for versions, of which there are none', () => {
    const invoking = policies(synthesis)
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Action }) => Action.includes('lambda:InvokeFunction'));
    // Three schedules and the state machine.
    expect(invoking).toHaveLength(4);
    expect(JSON.stringify(invoking)).not.toContain(':*');
  });

  it('name every action in full', () => {
    for (const { Action } of policies(synthesis).flatMap(({ PolicyDocument }) => PolicyDocument.Statement)) {
      for (const action of Action) expect(action).not.toContain('*');
    }
  });

  it("are to all resources for log deliveries and traces only, which don't have resources", () => {
    const everywhere = policies(synthesis)
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Resource }) => Resource.includes('*'));

    const actions = new Set(everywhere.flatMap(({ Action }) => Action));
    for (const action of actions)
      expect(action).toMatch(/^logs:\w*(LogDeliver|LogGroups|ResourcePolic)|^xray:(Put|GetSampling)/);
  });

  it('come from no managed policy and from no policy inside a role', () => {
    for (const role of Object.values(synthesis.resources('AWS::IAM::Role'))) {
      expect(role.Properties).not.toHaveProperty('ManagedPolicyArns');
      expect(role.Properties).not.toHaveProperty('Policies');
    }
  });
});
