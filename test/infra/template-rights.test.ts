import { describe, expect, it } from 'vitest';
import { messageTypes } from '../../shared/portal/messages.ts';
import { policies, type Rights, rightsOf, rightsOfRole } from './rights.ts';
import { allFunctions, messageFunctions, synthesize, transferFunctions } from './synthesis.ts';

const synthesis = synthesize();

const of = (service: string, actions: string) => actions.split(' ').map((action) => `${service}:${action}`);
const table = (actions: string) => of('dynamodb', actions);
const objects = (actions: string): Rights => {
  const allowed = of('s3', actions);
  return { 'FilesBucket/projects/*': allowed, 'FilesBucket/outbox/*': allowed };
};

const read = 'GetItem BatchGetItem ConditionCheckItem';
const edit = `${read} UpdateItem`;
const write = `${read} PutItem UpdateItem`;

const logs: Rights = { 'own logs': of('logs', 'CreateLogStream PutLogEvents') };
const slots: Rights = { ControlTable: table(edit) };
const portal: Rights = { PortalApiKeySecret: of('secretsmanager', 'GetSecretValue') };
const passwords: Rights = { PasswordSecret: of('secretsmanager', 'GetSecretValue') };
const starting: Rights = {
  'arn:AWS::Partition:states:AWS::Region:AWS::AccountId:stateMachine:dst-gateway-transfer': of(
    'states',
    'StartExecution',
  ),
  FilesTable: table(edit),
};
const deleting: Rights = {
  ...objects('AbortMultipartUpload DeleteObject'),
  FilesBucket: of('s3', 'ListBucket ListBucketMultipartUploads'),
};

/** What every function may that moves a line on. */
const lineWork: Rights = {
  ...logs,
  ...portal,
  MessagesTable: table(edit),
  LinesTable: table(`${write} Query DeleteItem`),
  ControlTable: table(write),
  HistoryTable: table('PutItem Query'),
  IncidentsTable: table(edit),
  MembersTable: table(`${read} Query PutItem DeleteItem`),
  'InternalBucket/messages/*': of('s3', 'GetObject'),
  ...Object.fromEntries(messageTypes.map((type) => [`${type}Queue`, of('sqs', 'SendMessage')])),
};

const expected: Record<string, Rights> = {
  'messages/poll': {
    ...lineWork,
    ...starting,
    MessagesTable: table(write),
    LinesTable: table(`${write} Query DeleteItem Scan`),
    UsersTable: table(read),
    'InternalBucket/messages/*': of('s3', 'GetObject PutObject'),
    PollFailureQueue: of('sqs', 'SendMessage GetQueueAttributes GetQueueUrl'),
  },
  'projects/create-project': { ...lineWork, ProjectsTable: table(`${read} PutItem`) },
  'projects/delete-project': {
    ...lineWork,
    ...deleting,
    ProjectsTable: table(`${edit} DeleteItem`),
    UsersTable: table(`${edit} DeleteItem`),
    FilesTable: table(`${edit} DeleteItem`),
    'InternalBucket/messages/*': of('s3', 'GetObject DeleteObject'),
  },
  'users/create-project-access': {
    ...lineWork,
    ...passwords,
    ProjectsTable: table(read),
    UsersTable: table(write),
  },
  'users/delete-project-access': { ...lineWork, UsersTable: table(`${edit} DeleteItem`) },
  'users/disable-project-access': { ...lineWork, UsersTable: table(edit) },
  'users/enable-project-access': { ...lineWork, UsersTable: table(edit) },
  'users/reset-password': { ...lineWork, ...passwords, UsersTable: table(edit) },
  'files/data-delivery-ready': {
    ...lineWork,
    ...starting,
    ProjectsTable: table(read),
    FilesTable: table(write),
  },
  'files/delete-data-file': { ...lineWork, ...deleting, FilesTable: table(`${edit} DeleteItem`) },
  'files/return-data-file': { ...lineWork, ...starting },
  'files/prepare-transfer': {
    ...logs,
    ...slots,
    ...objects('GetObject AbortMultipartUpload'),
    FilesBucket: of('s3', 'ListBucket ListBucketMultipartUploads'),
    MessagesTable: table(edit),
    FilesTable: table(edit),
  },
  'files/copy-files': {
    ...logs,
    ...slots,
    ...portal,
    ...objects('PutObject AbortMultipartUpload ListMultipartUploadParts'),
    FilesTable: table(edit),
  },
  'files/send-file': {
    ...logs,
    ...slots,
    ...portal,
    ...objects('GetObject'),
    FilesBucket: of('s3', 'ListBucket'),
    MessagesTable: table(edit),
    FilesTable: table(read),
  },
  'files/complete-transfer': {
    ...lineWork,
    ...starting,
    ...objects('GetObject PutObject AbortMultipartUpload'),
    FilesBucket: of('s3', 'ListBucket'),
  },
  'files/fail-transfer': {
    ...lineWork,
    ...starting,
    ...objects('AbortMultipartUpload'),
    FilesBucket: of('s3', 'ListBucket ListBucketMultipartUploads'),
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

const sorted = (rights: Rights): Rights =>
  Object.fromEntries(Object.entries(rights).map(([resource, actions]) => [resource, [...actions].sort()]));

describe('rights', () => {
  it.each(allFunctions)('of %s are exactly these', (entry) => {
    expect(rightsOf(synthesis, entry)).toEqual(sorted(expected[entry] ?? {}));
  });

  it('of the state machine are its five functions, and what delivering logs takes', () => {
    const [machine] = Object.values(synthesis.resources('AWS::StepFunctions::StateMachine'));
    const names = Object.fromEntries(
      Object.values(transferFunctions).map((entry) => [synthesis.lambda(entry).id, entry]),
    );

    const { '*': logging, ...rights } = rightsOfRole(synthesis, machine?.Properties.RoleArn, names);

    expect(rights).toEqual(
      Object.fromEntries(
        Object.values(transferFunctions).flatMap((entry) => [
          [entry, ['lambda:InvokeFunction']],
          [`${entry}:*`, ['lambda:InvokeFunction']],
        ]),
      ),
    );
    expect(logging).toEqual(
      of(
        'logs',
        'CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies GetLogDelivery ListLogDeliveries PutResourcePolicy UpdateLogDelivery',
      ),
    );
  });

  it('name every action in full', () => {
    for (const { Action } of policies(synthesis).flatMap(({ PolicyDocument }) => PolicyDocument.Statement)) {
      for (const action of Action) expect(action).not.toContain('*');
    }
  });

  it("are to all resources in one place only: log deliveries, which don't have resources", () => {
    const everywhere = policies(synthesis)
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Resource }) => Resource.includes('*'));

    expect(everywhere).toHaveLength(1);
    expect(everywhere[0]?.Action).toContain('logs:CreateLogDelivery');
  });

  it('come from no managed policy and from no policy inside a role', () => {
    for (const role of Object.values(synthesis.resources('AWS::IAM::Role'))) {
      expect(role.Properties).not.toHaveProperty('ManagedPolicyArns');
      expect(role.Properties).not.toHaveProperty('Policies');
    }
  });
});
