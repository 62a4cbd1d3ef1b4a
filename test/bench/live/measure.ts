import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { bundle } from '../../../infra/bundle/bundle.ts';
import { region } from '../../../infra/local/resources.ts';
import { type LocalGateway, startGateway } from '../../../infra/local/runner.ts';
import { synthesize } from '../../../infra/local/start/synthesize.ts';
import type { AccountRow } from '../../../shared/accounts/account.ts';
import { beginSession } from '../../../shared/accounts/session.ts';
import { forEachConcurrently } from '../../../shared/platform/concurrency.ts';
import { batchPut, scan } from '../../../shared/platform/dynamodb.ts';
import { createLog } from '../../../shared/platform/logger.ts';
import type { LiveTables, Tables } from '../../../shared/platform/tables.ts';
import { systemClock } from '../../../shared/platform/time.ts';
import type { UserRow } from '../../../shared/users/user.ts';
import { changeAssembly } from '../../support/assembly.ts';
import { forkServer } from '../fork-server.ts';
import { type LoadOptions, type LoadResult, loadResultSchema } from './load-options.ts';
import { memoryOf, type ProcessorTime, processorTime } from './processes.ts';

const connections = 1_000;
const perRoom = 10;
const rooms = Array.from({ length: connections / perRoom }, (_, room) => `${room}`);
const publishers = 10;

/** Figures of a server, and the memory that it holds with all connections open. */
export interface LiveLoad extends LoadResult {
  /** Bytes. */
  memory: number;
}

export interface LiveTime {
  what: string;
  gateway: LiveLoad & { perPush: ProcessorTime };
  socketIo: LiveLoad;
}

/** Pushes of a service on the gateway's manager and of the gateway's own events, each beside socket.io. */
export async function measureLive(): Promise<LiveTime[]> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'bench-live-'));
  started.defer(() => rm(directory, { recursive: true }));
  const gateway = await startService(directory);
  started.defer(() => gateway.stop());
  const tables = openTables(gateway);
  started.defer(() => tables.client.destroy());
  const tokens = await signInAll(tables);
  const url = gateway.endpoints.live?.url ?? '';
  const server = await forkServer('live/socket-io-server.mjs', gateway, started);

  const toAll = { rooms: ['all'], receivers: connections, warmUp: 5, pushes: 10 };
  const toTen = { rooms, receivers: perRoom, warmUp: 500, pushes: 1_000, interval: 10 };
  const service = { side: { kind: 'service', url }, publishers: tokens.publishers } satisfies Partial<LoadOptions>;
  const { dynamodb, credentials } = gateway.endpoints;
  const { history, unpublished } = tables.tables;
  const writes = { endpoint: dynamodb.endpoint, credentials, tables: { history, unpublished } };
  const events = { side: { kind: 'events', url, dynamodb: writes }, publishers: [] } satisfies Partial<LoadOptions>;
  const socketIo = {
    side: { kind: 'socket.io', url: server.url },
    publishers: tokens.publishers,
  } satisfies Partial<LoadOptions>;

  async function onSocketIo(options: LoadOptions): Promise<LiveLoad> {
    let memory = 0;
    const result = await load(options, () => {
      memory = memoryOf(server.pid);
    });
    return { ...result, memory };
  }

  /** @param stored entries in logs for each push */
  async function onGateway(options: LoadOptions, stored: number): Promise<LiveTime['gateway']> {
    const before = await countStored(tables);
    const others = [server.pid];
    let memory = 0;
    let spent: ProcessorTime = {};
    const result = await load(options, (loadPid) => {
      others.push(loadPid);
      memory = memoryOf(process.pid, others);
      spent = processorTime(others);
    });
    const { pushes, warmUp } = options.workload;
    const perPush = Object.entries(processorTime(others)).map(([part, time]) => [
      part,
      (time - (spent[part] ?? 0)) / pushes,
    ]);
    const added = (await countStored(tables)) - before;
    const all = (pushes + warmUp) * stored;
    if (added !== all) throw new Error(`${added} pushes are stored, not ${all}`);
    return { ...result, memory, perPush: Object.fromEntries(perPush) };
  }

  const all = await onSocketIo({ ...socketIo, tokens: tokens.all, workload: toAll });
  const ten = await onSocketIo({ ...socketIo, tokens: tokens.rooms, workload: toTen });
  const what = { all: `a push to ${connections}`, ten: `100 pushes a second to ${perRoom} each` };
  return [
    {
      what: `${what.all} of a room`,
      gateway: await onGateway({ ...service, tokens: tokens.all, workload: toAll }, 1),
      socketIo: all,
    },
    {
      what: `${what.ten}, of a room`,
      gateway: await onGateway({ ...service, tokens: tokens.rooms, workload: toTen }, 1),
      socketIo: ten,
    },
    {
      what: `${what.all} accounts`,
      gateway: await onGateway(
        { ...events, tokens: tokens.accounts, workload: { ...toAll, rooms: ['organization#all'] } },
        connections,
      ),
      socketIo: all,
    },
    {
      what: `${what.ten}, of a project's accounts`,
      gateway: await onGateway(
        { ...events, tokens: tokens.accounts, workload: { ...toTen, rooms: rooms.map((room) => `project#${room}`) } },
        perRoom,
      ),
      socketIo: ten,
    },
  ];
}

/** The gateway, with a service of a centre as the function behind its WebSocket API. */
async function startService(directory: string): Promise<LocalGateway> {
  // With more time than it has below.
  await synthesize(AbortSignal.timeout(300_000));
  const assembly = join(directory, 'assembly');
  const code = join(directory, 'code');
  await bundle(join(import.meta.dirname, 'functions'), code);
  const assets: string[] = [];
  await changeAssembly(assembly, ({ Type, Properties }) => {
    if (Type !== 'AWS::Lambda::Function' || Properties.Description !== 'live/api') return;
    assets.push(codeSchema.parse(Properties.Code).S3Key.replace('.zip', ''));
  });
  for (const asset of assets) {
    // In place of the link to the synthesized code.
    await rm(join(assembly, `asset.${asset}`));
    await cp(join(code, 'live', 'api'), join(assembly, `asset.${asset}`), { recursive: true });
  }
  return startGateway({
    assembly,
    dataDirectory: join(directory, 'gateway'),
    pollSeconds: 3_600,
    environment: { PORTAL_URL: 'http://127.0.0.1:1' },
  });
}

const codeSchema = z.object({ S3Key: z.string() });

interface OpenTables {
  client: DynamoDBClient;
  db: DynamoDBDocumentClient;
  tables: Tables & LiveTables;
}

function openTables({ endpoints: { credentials, dynamodb } }: LocalGateway): OpenTables {
  const client = new DynamoDBClient({ endpoint: dynamodb.endpoint, region, credentials });
  const db = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return { client, db, tables: dynamodb.tables as unknown as Tables & LiveTables };
}

/** Puts accounts into the tables, and begins a session of each. @returns their tokens, by what they are for */
async function signInAll(tables: OpenTables) {
  const accountsOf = (room: string, count: number) =>
    Array.from({ length: count }, (_, at) => accountRow(`${room}.${at}`));
  const ofProjects = rooms.flatMap((projectNo) =>
    Array.from({ length: perRoom }, (_, at) => memberOf(projectNo, `member-${at}-of-${projectNo}`)),
  );
  await batchPut(
    tables.db,
    systemClock,
    tables.tables.users,
    ofProjects.map(({ user }) => ({ ...user })),
  );
  return {
    all: await signIn(tables, accountsOf('all', connections)),
    rooms: await signIn(
      tables,
      rooms.flatMap((room) => accountsOf(room, perRoom)),
    ),
    accounts: await signIn(
      tables,
      ofProjects.map(({ account }) => account),
    ),
    publishers: await signIn(tables, accountsOf('publishers', publishers)),
  };
}

async function signIn({ db, tables }: OpenTables, accounts: AccountRow[]): Promise<string[]> {
  await batchPut(
    db,
    systemClock,
    tables.accounts,
    accounts.map((account) => ({ ...account })),
  );
  const context = { db, clock: systemClock, log: createLog(), tables };
  const tokens: string[] = [];
  await forEachConcurrently(accounts, 20, async (account) => {
    tokens.push((await beginSession(context, account, { restricted: false, refreshable: false, address: '' })).token);
  });
  return tokens;
}

const accountRow = (userName: string): AccountRow => ({
  account: userName,
  userName,
  passwordGenerated: false,
  changePassword: false,
  blockLogin: false,
  permissions: [],
  generation: 'g',
  createdAt: 0,
  version: 1,
});

/** An account whose access is to a project, and whom events about organizations reach. */
function memberOf(projectNo: string, loginName: string): { account: AccountRow; user: UserRow } {
  const accessIdentifier = `access-of-${loginName}`;
  const user: UserRow = {
    accessIdentifier,
    projectNo,
    loginName,
    enabled: true,
    passwordHash: '',
    passwordMessageId: '',
    passwordTaken: false,
    createdAt: 0,
    version: 1,
  };
  return { account: { ...accountRow(loginName), accessIdentifier, permissions: ['admin'] }, user };
}

/** Entries in all logs of channels. */
async function countStored({ db, tables }: OpenTables): Promise<number> {
  let count = 0;
  for await (const { channel, offset } of scan<{ channel: string; offset: number }>(db, tables.channels)) {
    if (offset > 0 && /^(room|account)#/.test(channel)) count += 1;
  }
  return count;
}

/** @param onWarm called before the pushes that are measured, with the load's process */
async function load(options: LoadOptions, onWarm: (pid: number) => void): Promise<LoadResult> {
  const child = fork(join(import.meta.dirname, 'load.ts'), [], { env: process.env });
  child.send(options);
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the load ended with ${code}`)));
  await Promise.race([once(child, 'message'), ended]);
  onWarm(child.pid ?? 0);
  const [result] = await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {});
  return loadResultSchema.parse(result);
}
