import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { programs } from '../../../infra/bundle/bundle.ts';
import { firstAdminFile } from '../../../infra/local/first-admin.ts';
import { startSimulatorProcess } from '../../../infra/local/portal/process.ts';
import { account, bucketName, nameOf } from '../../../infra/local/resources.ts';
import { startGateway } from '../../../infra/local/runner.ts';
import { messageTypes } from '../../../shared/portal/message-schema.ts';
import { changeAssembly } from '../../support/assembly.ts';
import { outputNames, type Rights, rightsOf, rightsOfTask } from '../template/read-rights.ts';
import { allFunctions, Synthesis } from '../template/synthesis.ts';
import type { Needed } from './iam-actions.ts';
import { type Observer, startObserver } from './observer.ts';
import { playApi } from './rights-api.ts';
import { Day } from './rights-day.ts';
import { playLive } from './rights-live.ts';
import { playOperators } from './rights-operate.ts';

// The services of one machine let everybody do everything. So here is a day of the real functions, with every request that
// they make to AWS held against what their policies would allow.

/** Rights that the day does not need, and why functions have them. */
const notPlayed: [RegExp, string][] = [
  [/ own logs$/, 'Lambda writes the log'],
  [/ xray:/, 'Lambda writes the trace'],
  [/ kms:\w+ EncryptionKey( by \w+)?$/, 'AWS asks for the key, in the name of who reads or writes'],
  [
    / sqs:(ReceiveMessage|DeleteMessage|ChangeMessageVisibility|GetQueueAttributes|GetQueueUrl) /,
    'Lambda reads a queue',
  ],
  [/ sqs:SendMessage (Poll|Sweep|Publish)FailureQueue$/, 'Lambda tells of a run that failed'],
  [
    /^files\/(send-file|send-task|complete-transfer|register-result) s3:ListBucket /,
    'S3 says 404, not 403, of an object that is gone',
  ],
  [/^files\/return-data-file dynamodb:UpdateItem FilesTable$/, 'it starts whatever is due, deliveries too'],
  [
    /^(messages\/poll|files\/(data-delivery-ready|return-data-file)) dynamodb:DeleteItem LinesTable$/,
    'it gives up whatever has used up its attempts',
  ],
  [
    /^files\/fail-transfer dynamodb:(DeleteItem LinesTable|UpdateItem IncidentsTable|PutItem UnpublishedTable)$/,
    'the same',
  ],
  [
    /^(messages\/poll|files\/(data-delivery-ready|return-data-file|fail-transfer|register-result|sweep-outbox)) s3:(ListBucketMultipartUploads|AbortMultipartUpload) /,
    'the same',
  ],
  [/ dynamodb:(Query|BatchGetItem) HistoryTable$/, 'an access or a file made anew, whose history goes on'],
  [/^files\/fail-transfer sqs:SendMessage /, 'a deletion waited for the return that failed'],
  [/ dynamodb:BatchGetItem LinesTable$/, 'a delivery that waits for a file of another one'],
  [/^files\/complete-transfer dynamodb:GetItem IncidentsTable$/, 'a result was replaced by one that is refused'],
  [/^files\/complete-transfer dynamodb:DeleteItem (Files|Members)Table$/, 'a result was taken away before it was sent'],
  [/^files\/(register-result|sweep-outbox) s3:DeleteObject /, 'a result was recorded as sent, and not removed'],
  [
    /^files\/(register-result|sweep-outbox) (dynamodb:\w+ (Messages|Lines)Table|sqs:SendMessage of a type)$/,
    'they start whatever is due, or give it up',
  ],
  [
    /^files\/(data-delivery-ready|fail-transfer|register-result|sweep-outbox) dynamodb:ConditionCheckItem FilesTable$/,
    'they start whatever is due, returns too',
  ],
  [
    /^files\/data-delivery-ready dynamodb:ConditionCheckItem MessagesTable$/,
    'a delivery of more files than are registered at once',
  ],
  [/^projects\/delete-project dynamodb:ConditionCheckItem (Users|Files)Table$/, 'a member of which nothing is left'],
  [/^files\/send-task s3:GetObject .*\.mjs$/, 'its container fetches the program'],
  [/^files\/send-task states:SendTaskHeartbeat /, 'a task that takes longer than a minute'],
  [/^files\/send-task states:SendTaskFailure /, 'a task whose input nobody can read'],
  [/^messages\/poll dynamodb:BatchGetItem IncidentsTable$/, 'a message id that came again with other content'],
  [/^files\/sweep-outbox dynamodb:UpdateItem ControlTable$/, 'an outbox of more objects than are listed at once'],
  [
    /^files\/sweep-outbox (dynamodb:(PutItem|UpdateItem|ConditionCheckItem) \w+Table|states:StartExecution .*|s3:GetObject .*)$/,
    'a result whose news was lost: it does what register-result does, by the same rights',
  ],
  [
    /^files\/sweep-outbox dynamodb:(GetItem (Projects|Incidents)|BatchGetItem (Files|Control))Table$/,
    'an object of the outbox whose notification was lost, or that is refused',
  ],
  [
    /^(messages\/poll|projects\/[\w-]+|users\/[\w-]+|files\/(data-delivery-ready|(delete|return)-data-file)) dynamodb:GetItem LinesTable$/,
    'a message that fails, is held for approval or is given up: it queues the next ones',
  ],
  [
    /^(projects\/[\w-]+|users\/[\w-]+|files\/delete-data-file) dynamodb:BatchGetItem MessagesTable$/,
    'messages of its line, or of lines that follow it, that may be processed after it',
  ],
  [
    /^(users\/\w+-project-access|files\/(data-delivery-ready|return-data-file)) dynamodb:GetItem MessagesTable$/,
    'a claim or a commit that was refused, a message that waited for it, or one that it supersedes',
  ],
  [/^users\/create-project-access dynamodb:GetItem AccountsTable$/, 'a login name that another account has'],
  [
    /^processes\/(sweep|fail-work) /,
    'a draft that has expired, or what others have left: they do what processes/api and do-work do, by the same rights',
  ],
  [
    /^processes\/do-work /,
    'an export, and what follows a verification of an order in a project of the portal, by the rights of processes/api',
  ],
  [/^processes\/api s3:ListBucket FilesBucket$/, 'the way of exported files to the portal'],
  [/^processes\/api s3:AbortMultipartUpload /, 'an upload that has not ended'],
  [/^processes\/api s3:ListBucket WorkspacesBucket$/, 'S3 says 404, not 403, of a job that has printed nothing'],
  [/^workspaces\/launch-job dynamodb:PutItem ProcessesTable$/, 'a job of a process that cannot be launched'],
  [/^processes\/api states:StopExecution /, 'a verification that is taken back'],
  [
    /^projects\/delete-project (dynamodb:\w+ ProcessesTable|s3:\w+ AttachmentsBucket)/,
    'no project of the portal has a process',
  ],
  [
    /^projects\/delete-project (dynamodb:(?!GetItem )\w+ WorkspacesTable|dynamodb:ConditionCheckItem ProjectsTable|s3:\w+ WorkspacesBucket|states:StartExecution )/,
    'no project of the portal has a workspace',
  ],
  [
    /^users\/(disable|delete)-project-access (dynamodb:\w+ WorkspacesTable|states:StartExecution |s3:\w+ WorkspacesBucket)/,
    'nobody with an access has a workspace when it is disabled, and what the deletion leaves is the deletion of the project to remove',
  ],
  [/^live\/api dynamodb:\w+ (Processes|History|Unpublished)Table$/, 'a visitor has drafts: as accounts/api does'],
  [/^workspaces\/api dynamodb:PutItem AccountsTable$/, 'a user of a trusted client'],
  [
    /^workspaces\/\w+(-job)? dynamodb:((ConditionCheckItem|GetItem) (Projects|Users)|BatchGetItem Files)Table$/,
    'nobody with an access asks, so there are no files to link',
  ],
  [/^workspaces\/api dynamodb:(UpdateItem Users|ConditionCheckItem Accounts)Table$/, 'the same'],
  [/^workspaces\/api s3:GetObject /, 'the object that is copied for a share: the request names the copy'],
  [/^workspaces\/(api|end-job) s3:AbortMultipartUpload /, 'an upload that has not ended'],
  [/^workspaces\/launch-job s3:(GetObject FilesBucket|PutObject )/, 'a link; a job on a cluster'],
  [/^workspaces\/launch-job dynamodb:PutItem UnpublishedTable$/, 'a job that cannot be launched'],
  [/^workspaces\/(watch|end)-job s3:GetObject /, 'a job on a cluster'],
  [/^workspaces\/\w+-job s3:ListBucket /, 'the same: whether an object is there'],
  [/^workspaces\/end-job s3:DeleteObject /, 'a file that a job has replaced'],
  [/^workspaces\/job-proxy /, 'an interactive job, which needs a JupyterLab'],
  [/^workspaces\/sweep /, 'what a request has left: it does what workspaces/api does, by the same rights'],
  [/^operate\/(api|decide) s3:GetObject /, 'texts of messages that are too long for an item and wait for a person'],
  [
    /^operate\/decide dynamodb:/,
    'decisions about what has failed; the tests of decisions make them, and each changes what a plan has read',
  ],
  [/^operate\/decide sqs:(SendMessage|ReceiveMessage|DeleteMessage) /, 'dead letters'],
  [/^operate\/compare s3:GetObject /, 'files of a project that is there'],
  [/^operate\/compare dynamodb:/, 'differences, and what fixes them'],
  [/^operate\/api dynamodb:/, 'what is looked at when something waits, moves or has failed'],
  [/^workspaces\/api dynamodb:Query MembersTable$/, 'nobody with an access asks for delivered files'],
  [/^auth\/api /, 'no route of it asks for a token yet'],
  [/ dynamodb:PutItem ControlTable$/, 'the first mismatch of an hour, whoever meets it'],
  [
    /^(live\/(api|watch)|history\/publish-events) dynamodb:(Batch)?GetItem UsersTable$/,
    'an operator is connected, and nobody with an access',
  ],
  [/^live\/api dynamodb:UpdateItem ChannelsTable$/, 'a log that was last pushed to long ago'],
  [/^live\/api lambda:InvokeFunction LiveApi/, 'messages of a connection that take longer than an invocation'],
  [/^live\/watch lambda:InvokeFunction /, 'a connection that outlasts an invocation'],
  [/^live\/watch dynamodb:UpdateItem ConnectionsTable$/, 'a connection that is nearly two hours old'],
  [
    /^history\/publish-events (execute-api:\w+ .*|lambda:\w+ .*|dynamodb:(DeleteItem (Subscriptions|Connections)|BatchGetItem Sessions)Table)$/,
    'what watches connections has pushed before, and does not die',
  ],
];

/** Rights that the day needs at times alone, by what comes first. */
const seldomPlayed: typeof notPlayed = [
  [
    /^workspaces\/(watch|end)-job dynamodb:(GetItem Accounts|(UpdateItem|BatchGetItem|BatchWriteItem|PutItem) Workspaces)Table$/,
    'a job that ends before it is looked at, leaves no files, or has no other beside it',
  ],
  [/^workspaces\/watch-job (s3:PutObject |dynamodb:PutItem UnpublishedTable$)/, 'the same'],
  [/^live\/watch dynamodb:BatchGetItem (Files|Messages)Table$/, 'a transfer that is under way when the watch looks'],
  [/^history\/publish-events dynamodb:Query AccountsTable\/index\/organizations$/, 'the watch has pushed it before'],
  [/^history\/publish-events dynamodb:UpdateItem ControlTable$/, 'nobody has been connected for a day'],
  [/^history\/publish-events dynamodb:GetItem IncidentsTable$/, 'the watch has pushed it before'],
  [/^live\/watch dynamodb:GetItem ChannelsTable$/, 'a log that another function pushes to at the same time'],
  [/^live\/api dynamodb:DeleteItem ChannelsTable$/, 'a message that came while another was in work'],
  [
    /^files\/(complete|fail)-transfer dynamodb:GetItem LinesTable$/,
    'a message that ends out of turn: it queues those behind it',
  ],
  // On a slow machine, where what failed is due again before that is recorded.
  [
    /^files\/fail-transfer (states:StartExecution|dynamodb:(GetItem|BatchGetItem) ControlTable) ?/,
    'it starts whatever is due',
  ],
  [/^users\/(disable|delete)-project-access dynamodb:Query LinesTable$/, 'something older is not finished yet'],
  [/^files\/delete-data-file dynamodb:ConditionCheckItem LinesTable$/, 'a deletion that passes a return'],
  [/^files\/delete-data-file dynamodb:ConditionCheckItem FilesTable$/, 'a deletion that waits for the lease of a copy'],
  [/^files\/complete-transfer dynamodb:BatchGetItem ControlTable$/, 'another slot, when its own is lost or taken'],
  [/^files\/complete-transfer dynamodb:ConditionCheckItem FilesTable$/, 'it starts whatever is due, returns too'],
  [/^files\/complete-transfer sqs:SendMessage of a type$/, 'a deletion waited for the return that ended'],
];

const folder = mkdtempSync(join(tmpdir(), 'rights-test-'));

let synthesis: Synthesis;
let observer: Observer;

beforeAll(async () => {
  await using running = new AsyncDisposableStack();
  observer = await startObserver();
  running.defer(() => observer.stop());
  const apiKey = 'key-of-a-test';
  const portal = await startSimulatorProcess({ apiKey });
  running.defer(() => portal.stop());
  const assembly = await synthesizeObserved();
  const gateway = await startGateway({
    assembly,
    dataDirectory: join(folder, 'data'),
    pollSeconds: 3600,
    environment: {
      PORTAL_URL: portal.url,
      POLL_SECONDS: '0.2',
      TRANSFER_SLOTS: '1',
      TASK_ABOVE_BYTES: '1000000',
      QUEUE_URLS: queueUrls(),
      LIVE_CALLBACK_URL: `${observer.url}/live`,
    },
    secrets: { PortalApiKeySecret: apiKey },
  });
  running.defer(() => gateway.stop());
  observer.forwardTo(gateway.endpoints);
  const day = new Day(gateway, portal, (entry, action) => observer.refuseNext(idOf(entry), action));
  const live = z.string().parse(gateway.endpoints.live?.url);
  const apiUrl = z.string().parse(gateway.endpoints.api?.url);
  const play = (token: string) =>
    playLive(live, token, async () => {
      await day.play(token);
      await playOperators(apiUrl, token);
    });
  const ended = await playApi(apiUrl, firstAdminFile(join(folder, 'data')), play);
  await ended();
  await gateway.invoke('publish-events');
  await gateway.invoke('sweep');
  await gateway.invoke(idOf('workspaces/sweep'));
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true }));

const all = [...allFunctions, ...programs];
/** Functions whose routes need no request to AWS, and the one that no execution of the day needs, and what no job of the day needs. */
const asksNothing = ['api/asyncapi', 'api/openapi', 'processes/fail-work', 'workspaces/job-proxy'];
const isProgram = (entry: string) => programs.includes(entry);
const idOf = (entry: string) => (isProgram(entry) ? synthesis.taskOf(entry).id : synthesis.lambda(entry).id);
const rightsFor = (entry: string) => (isProgram(entry) ? rightsOfTask(synthesis, entry) : rightsOf(synthesis, entry));

const taskVariables = z.array(z.looseObject({ Environment: z.array(z.unknown()).default([]) }));
const variables = z.looseObject({ Variables: z.record(z.string(), z.unknown()).default({}) });

/** Has the app's functions and its task send their requests to the observer. @returns the directory of the assembly */
async function synthesizeObserved(): Promise<string> {
  const services = ['DYNAMODB', 'S3', 'SQS', 'SFN', 'SECRETS_MANAGER', 'EVENTBRIDGE', 'LAMBDA'];
  const endpoints = services.map((service) => [`AWS_ENDPOINT_URL_${service}`, observer.url] as const);
  const assembly = join(folder, 'assembly');
  const template = await changeAssembly(assembly, ({ Type, Properties }) => {
    if (Type === 'AWS::Lambda::Function') {
      const { Variables } = variables.parse(Properties.Environment ?? {});
      Properties.Environment = { Variables: { ...Variables, ...Object.fromEntries(endpoints) } };
    }
    if (Type === 'AWS::ECS::TaskDefinition') {
      const more = endpoints.map(([Name, Value]) => ({ Name, Value }));
      Properties.ContainerDefinitions = taskVariables
        .parse(Properties.ContainerDefinitions)
        .map((container) => ({ ...container, Environment: [...container.Environment, ...more] }));
    }
  });
  synthesis = new Synthesis(Template.fromJSON(template));
  return assembly;
}

/** The SDK sends to where a queue's URL leads. */
function queueUrls(): string {
  const urls = messageTypes.map((type) => [type, `${observer.url}/${account}/${synthesis.idOf(`${type}Queue`)}`]);
  return JSON.stringify(Object.fromEntries(urls));
}

describe('over a day of all functions, the rights', () => {
  it('allow every request', () => {
    for (const entry of all) {
      const needed = neededBy(entry);
      const rights = rightsFor(entry);
      if (!asksNothing.includes(entry)) expect(needed, entry).not.toEqual([]);
      expect(
        needed.filter((each) => !rightFor(each, rights)),
        entry,
      ).toEqual([]);
    }
  });

  it('are all used, but for those of paths that the day does not take', () => {
    const unused = all.flatMap(unusedOf);
    const unexplained = unused.filter(
      (right) => ![...notPlayed, ...seldomPlayed].some(([pattern]) => pattern.test(right)),
    );
    expect(unexplained).toEqual([]);
    for (const [pattern] of notPlayed) expect(unused).toContainEqual(expect.stringMatching(pattern));
  });
});

/** Rights that a function's requests needed, with resources named as in its rights. */
function neededBy(entry: string): Needed[] {
  const names = new Map(
    Object.entries(outputNames(synthesis)).flatMap(([id, name]) => [
      [id, name],
      [bucketName(id), name],
    ]),
  );
  return (observer.needed.get(idOf(entry)) ?? []).map(({ action, resource }) => {
    const hasPath = /^(s3|execute-api):/.test(action) || resource.includes('/index/');
    const [name = '', ...key] = hasPath ? resource.split('/') : [nameOf(resource)];
    return { action, resource: [names.get(name) ?? name, ...key].join('/') };
  });
}

/** The right that allows a request, if there is one: an action, and a resource that may end in `*`. */
function rightFor({ action, resource }: Needed, given: Rights): string | undefined {
  const allows = (pattern: string) => {
    // That of a connection begins with the API, which the request does not name.
    const [, path = pattern] = /:execute-api:[^/]+\/(.*)$/.exec(pattern) ?? [];
    if (path.endsWith('*')) return resource.startsWith(path.slice(0, -1));
    return pattern === resource || pattern.endsWith(`:stateMachine:${resource}`);
  };
  const found = Object.entries(given).find(([pattern, actions]) => allows(pattern) && actions.includes(action));
  return found && `${action} ${found[0]}`;
}

/** A function's rights that none of its requests needed. Which message is next in a line is chance: one queue is as good as all. */
function unusedOf(entry: string): string[] {
  const anyQueue = new RegExp(`(sqs:SendMessage) (${messageTypes.join('|')})Queue`);
  const rights = rightsFor(entry);
  const names = Object.entries(rights).flatMap(([resource, actions]) =>
    actions.map((action) => `${action} ${resource}`),
  );
  const used = neededBy(entry).flatMap((needed) => rightFor(needed, rights) ?? []);
  const unused = new Set(names.map((right) => right.replace(anyQueue, '$1 of a type')));
  for (const right of used) unused.delete(right.replace(anyQueue, '$1 of a type'));
  return [...unused].map((right) => `${entry} ${right}`);
}
