import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { allCommands } from '../../infra/cli/program.ts';
import { startJsonServer } from '../../infra/local/services/json-server.ts';
import { loginNameOf } from '../../shared/users/login-name.ts';
import { fileRow } from '../support/file-rows.ts';
import { create, grant, play, reset } from '../support/messages.ts';
import { followed, patience, serveOperator } from './follow-fixture.ts';
import { type TestGateway, useGateways } from './gateway-fixture.ts';
import { type OperatedWorld, useOperatedWorlds } from './operator-fixture.ts';
import type { runOperatorHere } from './run-operator.ts';
import { newKeyedGateway } from './signing-keys-fixture.ts';

const newWorld = useOperatedWorlds();
const newGateway = useGateways();

type Ended = Awaited<ReturnType<typeof runOperatorHere>>;

/** A command line, run where something is to be printed; and the fields of each object that it prints. */
interface Scenario {
  run(): Promise<Ended>;
  fields: readonly string[];
  /** Fields that only some of the objects have. */
  optional?: readonly string[];
  code?: 0 | 1;
}

/** Runs a command in a gateway with an access whose message the portal refused for good. @param args made of the open incident's id */
const inWorld = (
  fields: readonly string[],
  args: readonly string[] | ((incidentId: string) => readonly string[]),
  settings?: Parameters<typeof newWorld>[0],
): Scenario => ({
  fields,
  async run() {
    const world = await newWorld(settings);
    await play(world, create('1001'), grant('1001', 'a'));
    await refuse(world);
    await play(world, reset('a'), grant('1001', 'b'));
    await world.portal.clearFaults();
    await world.portal.setFaults({ knownProjects: ['1001'] });
    const [incident] = await world.json('incidents');
    return world.operate(...(typeof args === 'function' ? args(String(incident?.incidentId)) : args), '--json');
  },
});

const refuse = (world: OperatedWorld) =>
  world.portal.setFaults({
    rules: [{ kind: 'status', status: 403, calls: ['PATCH /user-accesses/{accessIdentifier}'] }],
  });

/** Runs a command in a gateway with a stored file. */
const withFile = (fields: readonly string[], args: readonly string[]): Scenario => ({
  fields,
  async run() {
    const gateway = await newGateway();
    const md5 = '900150983cd24fb0d6963f7d28e17f72';
    const file = fileRow('f-1', { size: 3, checksum: md5 });
    const target = { Bucket: gateway.bucket, Key: file.objectKey };
    await gateway.s3.send(new PutObjectCommand({ ...target, Body: 'abc', Metadata: { md5 } }));
    await Promise.all([gateway.addFiles(file), gateway.createProject('1001')]);
    const path = join(gateway.directory, 'means.csv');
    writeFileSync(path, 'abc');
    return gateway.operate(...args.map((word) => (word === 'means.csv' ? path : word)), '--json');
  },
});

/** Runs a command about signing keys in a gateway that has one. */
const withKeys = (fields: readonly string[], ...args: string[]): Scenario => ({
  fields,
  async run() {
    const { operate } = await newKeyedGateway();
    await operate('rotate', '--reason', 'a test', '--yes');
    return operate(...args, '--json');
  },
});

const organizationFields = ['details', 'members', 'name', 'supportedServices', 'version'];

/** Runs a command about organizations in a gateway that has one. */
const withOrganization = (fields: readonly string[], ...args: string[]): Scenario => ({
  fields,
  async run() {
    const world = await newWorld();
    await world.operate('organizations', 'create', 'Heart Clinic', ...sure);
    return world.operate('organizations', ...args, '--json');
  },
});

const quotaFields = [
  ...['activeJobs', 'diskSpace', 'maxConcurrentJobs'],
  ...['reservedCoreHours', 'subject', 'usedCoreHours'],
];

/** Runs a command about permissions. */
const withPermissions = (fields: readonly string[], ...args: string[]): Scenario => ({
  fields,
  run: async () => (await newWorld()).operate('permissions', ...args, '--json'),
});

/** Runs a command about quotas in a gateway that has one. */
const withQuota = (fields: readonly string[], ...args: string[]): Scenario => ({
  fields,
  async run() {
    const world = await newWorld();
    await world.operate('accounts', 'create', 'bob', ...sure);
    await world.operate('quotas', 'set', 'account#bob', '--jobs', '1', ...sure);
    return world.operate('quotas', ...args, '--json');
  },
});

async function pollNow(): Promise<Ended> {
  const gateway = await newGateway();
  await addPoll(gateway);
  return gateway.operate('poll-now', '--json');
}

/** Has the gateway's function Poll count a poll. */
async function addPoll({ directory, put }: TestGateway): Promise<void> {
  const invoke = async () => {
    await put('control', { name: 'poll', counter: 1, startedAt: 1 });
    return { payload: 'null' };
  };
  const { endpoint, ...server } = await startJsonServer({}, { invoke });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const file = join(directory, 'endpoints.json');
  const endpoints = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, 'utf8')));
  writeFileSync(file, JSON.stringify({ ...endpoints, lambda: { endpoint, functions: { Poll: 'gateway-poll' } } }));
}

/** Follows a project until it is created. */
async function followOne(): Promise<Ended> {
  const world = await newWorld();
  const { pushAll } = await serveOperator(world);
  const { lines, stop } = await followed(world, world.start('follow', '1001', '--account', 'anna', '--json'));
  await play(world, create('1001'));
  await pushAll();
  await expect.poll(lines, patience).not.toEqual(['']);
  return stop();
}

const decision = ['completed', 'outcome', 'planned'];
const sure = ['--reason', 'a test', '--yes'];
const dry = ['--reason', 'a test', '--dry-run'];
const span = ['--from', '1970-01-01T00:00:00Z'];

const scenarios: Record<string, Scenario[]> = {
  status: [
    {
      ...inWorld(
        [
          ...['deadLetters', 'failedRuns', 'healthy', 'hours', 'incidents', 'lasting', 'machine', 'messages', 'poll'],
          ...['portal', 'problems', 'queues', 'transfers'],
        ],
        ['status'],
      ),
      code: 1,
    },
  ],
  incidents: [
    inWorld(
      [
        ...['count', 'expected', 'firstSeenAt', 'found', 'incidentId', 'kind', 'lastSeenAt', 'messageId', 'projectNo'],
        ...['state', 'subject'],
      ],
      ['incidents'],
    ),
    inWorld(
      [
        ...['about', 'choices', 'count', 'expected', 'firstSeenAt', 'found', 'incidentId', 'kind', 'lastSeenAt'],
        ...['messageId', 'state', 'subject'],
      ],
      (id) => ['incidents', id],
    ),
  ],
  'incidents retry': [
    inWorld(decision, (id) => ['incidents', 'retry', id, ...sure]),
    inWorld([...decision, 'changed', 'refused'], ['incidents', 'retry', '--kind', 'attempts-used-up', ...sure]),
    inWorld([...decision, 'changed', 'refused'], ['incidents', 'retry', '--kind', 'attempts-used-up', ...dry]),
  ],
  'incidents dismiss': [inWorld(decision, (id) => ['incidents', 'dismiss', id, ...sure])],
  messages: [
    inWorld(
      ['attempts', 'dueAt', 'line', 'messageId', 'position', 'receivedAt', 'state', 'timestamp', 'type', 'version'],
      ['messages', '--state', 'open'],
    ),
    inWorld(
      [
        ...['attempts', 'choices', 'content', 'dueAt', 'incidents', 'line', 'messageId', 'position', 'receivedAt'],
        ...['request', 'standing', 'state', 'timestamp', 'type', 'version'],
      ],
      ['messages', 'm-4'],
    ),
  ],
  'messages requeue': [inWorld(decision, ['messages', 'requeue', 'm-4', ...dry])],
  projects: [
    inWorld(['createdAt', 'projectNo', 'state'], ['projects']),
    inWorld(
      ['accesses', 'createdAt', 'files', 'incidents', 'messages', 'projectNo', 'results', 'state'],
      ['projects', '1001'],
    ),
  ],
  'accounts list': [
    {
      ...inWorld(['changePassword', 'createdAt', 'permissions', 'state', 'userName'], ['accounts', 'list']),
      optional: ['accessIdentifier'],
    },
  ],
  'accounts show': [
    inWorld(
      ['accessIdentifier', 'changePassword', 'createdAt', 'permissions', 'state', 'userName'],
      ['accounts', 'show', loginNameOf('a')],
    ),
  ],
  'accounts create': [inWorld(decision, ['accounts', 'create', 'anna', ...dry])],
  'accounts block': [inWorld(decision, ['accounts', 'block', loginNameOf('a'), ...dry])],
  'accounts unblock': [inWorld(decision, ['accounts', 'unblock', loginNameOf('a'), ...dry])],
  'accounts reset': [inWorld(decision, ['accounts', 'reset', loginNameOf('a'), ...dry])],
  'accounts reset-factors': [inWorld(decision, ['accounts', 'reset-factors', loginNameOf('a'), ...dry])],
  'accounts permissions': [
    inWorld(decision, ['accounts', 'permissions', loginNameOf('a'), '--add', 'operator', ...dry]),
  ],
  'permissions list': [withPermissions(['description', 'name', 'secondFactorRequired'], 'list')],
  'permissions change': [withPermissions(decision, 'change', 'admin', '--second-factor', 'required', ...dry)],
  'quotas list': [withQuota(quotaFields, 'list')],
  'quotas set': [withQuota(decision, 'set', 'account#bob', '--jobs', '2', ...dry)],
  'organizations list': [withOrganization(organizationFields, 'list')],
  'organizations show': [withOrganization(organizationFields, 'show', 'Heart Clinic')],
  'organizations create': [withOrganization(decision, 'create', 'Another', ...sure)],
  'organizations change': [withOrganization(decision, 'change', 'Heart Clinic', '--services', '2', ...sure)],
  'organizations delete': [withOrganization(decision, 'delete', 'Heart Clinic', ...dry)],
  users: [
    inWorld(['accessIdentifier', 'createdAt', 'enabled', 'loginName', 'passwordTaken', 'projectNo'], ['users']),
    inWorld(
      [
        ...['accessIdentifier', 'createdAt', 'enabled', 'incidents', 'loginName', 'messages', 'passwordMessageId'],
        ...['passwordTaken', 'projectNo'],
      ],
      ['users', 'a'],
    ),
  ],
  history: [
    {
      ...inWorld(['at', 'event', 'messageId', 'projectNo', 'sequence', 'subject'], ['history', 'project#1001']),
      optional: ['details'],
    },
  ],
  files: [
    withFile(
      [...['attempt', 'bytes', 'bytesDone', 'createdAt', 'dueAt', 'fileId', 'objectKey', 'projectNo', 'state']],
      ['files', '--project', '1001'],
    ),
    withFile(
      [
        ...['attempt', 'bytesDone', 'checksum', 'checksumFailures', 'choices', 'createdAt', 'dueAt', 'fileId'],
        ...['messageId', 'objectKey', 'position', 'projectNo', 'size', 'standing', 'state', 'version'],
      ],
      ['files', 'f-1'],
    ),
  ],
  follow: [{ fields: ['at', 'event', 'messageId', 'projectNo', 'sequence', 'subject', 'version'], run: followOne }],
  'files fetch-again': [withFile(decision, ['files', 'fetch-again', 'f-1', ...sure])],
  'verify-file': [withFile(['bytes', 'fileId', 'projectNo', 'text', 'verdict'], ['verify-file', 'f-1'])],
  'send-file': [withFile(['bytes', 'objectKey', 'projectNo'], ['send-file', '--project', '1001', 'means.csv'])],
  approve: [inWorld(decision, ['approve', 'm-3', ...sure], { holdTypes: ['ResetPassword'] })],
  'confirm-project': [
    inWorld([...decision, 'confirmation', 'projectNo'], ['confirm-project', '1001', ...sure]),
    inWorld([...decision, 'projectNo'], ['confirm-project', '1001', ...dry]),
  ],
  pause: [inWorld(decision, ['pause', ...sure])],
  resume: [
    {
      fields: decision,
      async run() {
        const world = await newWorld();
        await world.operate('pause', ...sure);
        return world.operate('resume', ...sure, '--json');
      },
    },
  ],
  'poll-now': [{ fields: ['poll', 'polled'], run: pollNow }],
  reconcile: [
    {
      fields: ['canBeFixed', 'found', 'kind', 'subject'],
      code: 1,
      async run() {
        const gateway = await newGateway();
        await Promise.all([gateway.addFiles(fileRow('f-1', { size: 3 })), gateway.createProject('1001')]);
        return gateway.operate('reconcile', '--project', '1001', '--json');
      },
    },
  ],
  'signing-keys list': [withKeys(['keyId', 'state'], 'list')],
  'signing-keys rotate': [
    withKeys([...decision, 'dropped', 'keyId'], 'rotate', ...sure),
    withKeys([...decision, 'dropped'], 'rotate', ...dry),
  ],
  redrive: [inWorld([...decision, 'count', 'queue'], ['redrive', 'CreateProject', ...sure])],
  republish: [inWorld([...decision, 'count', 'from', 'to'], ['republish', ...span, ...sure])],
  completion: [inWorld(['script', 'shell'], ['completion', 'bash'])],
};

it('has a scenario for every command', () => {
  expect(Object.keys(scenarios).sort()).toEqual(allCommands.map(({ name }) => name).sort());
});

it.each(
  allCommands.flatMap(({ name }) =>
    (scenarios[name] ?? []).map((scenario, index) => [name, index + 1, scenario] as const),
  ),
)('%s prints JSON, and nothing else, with the same fields each time (%i)', async (_name, _index, scenario) => {
  const { code, output, errors } = await scenario.run();
  expect([errors, code]).toEqual(['', scenario.code ?? 0]);
  const printed = output.trimEnd().split('\n');
  for (const line of printed) {
    const fields = Object.keys(z.record(z.string(), z.unknown()).parse(JSON.parse(line))).sort();
    expect(fields.filter((field) => !scenario.optional?.includes(field))).toEqual(scenario.fields.toSorted());
  }
  expect(printed.length).toBeGreaterThan(0);
});
