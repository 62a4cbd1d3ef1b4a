import { type ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import { historyWrites } from '../../shared/history/history.ts';
import type { ConnectionRow } from '../../shared/live/connection.ts';
import type { LiveContext } from '../../shared/live/context.ts';
import { checkConnections } from '../../shared/live/watch/check-connections.ts';
import { takeWatchLease, watchState } from '../../shared/live/watch/lease.ts';
import { restartWatch } from '../../shared/live/watch/restart.ts';
import { watch } from '../../shared/live/watch/watch.ts';
import { batchPut, scan } from '../../shared/platform/dynamodb.ts';
import { type Clock, systemClock } from '../../shared/platform/time.ts';
import { transact } from '../../shared/platform/transaction.ts';
import { deviceToken, legacyAuthenticate } from './legacy-tokens.ts';
import { startLive } from './live-fixture.ts';

vi.setConfig({ testTimeout: 120_000 });

const minute = 60_000;
const token = deviceToken('1000000000000000');
const features = ['resume'];
const timeout = 30;

/** For a machine that does other things, too. */
const patience = { timeout: 20_000 };

/** The system's clock, put forward. */
function laterClock() {
  let ahead = 0;
  const clock: Clock = { ...systemClock, now: () => Date.now() + ahead };
  return {
    clock,
    advance(milliseconds: number) {
      ahead += milliseconds;
    },
  };
}

async function start() {
  const { clock, advance } = laterClock();
  const live = await startLive({ clock, authenticate: () => legacyAuthenticate });
  const check = async () => (await checkConnections(live.context, timeout)).length;
  return { live, advance, check };
}

const rowsOf = ({ db, tables }: LiveContext) => Array.fromAsync(scan<ConnectionRow>(db, tables.connections));

describe('time', () => {
  it('closes a connection without a first message, quietly', async () => {
    const { live, advance, check } = await start();
    const client = await live.connect();
    advance(29_000);
    expect(await check()).toBe(1);
    advance(1_100);
    await check();
    expect(await client.closed).toBe(1000);
    expect(client.unread).toEqual([]);
    expect(await rowsOf(live.context)).toEqual([]);
  });

  it('closes a connection that is silent, and says why to who knows of it', async () => {
    const { live, advance, check } = await start();
    const [old, fresh] = [await live.open(token), await live.open(token, { features })];
    advance(29_000);
    await check();
    await fresh.ask({ action: 'keepalive' });
    advance(1_500);
    await check();
    await old.closed;
    expect(old.unread).toEqual([]);
    advance(29_000);
    await check();
    expect(await fresh.receive()).toMatchObject({ action: 'close', code: 4408 });
    await fresh.closed;
  });

  it('closes a connection whose token has ended', async () => {
    const { live, advance, check } = await start();
    const [client, other] = [await live.open(token, { features }), await live.open(token, { features })];
    advance(37 * 60 * minute);
    expect(await other.ask({ action: 'ping' })).toMatchObject({ success: false, action: 'auth', comment: 'Expired' });
    await other.closed;
    await check();
    await client.closed;
  });

  it('tells a client once to connect anew, before API Gateway ends the connection, and forgets it later', async () => {
    const { live, advance, check } = await start();
    const [client, old] = [await live.open(token, { features }), await live.open(token)];
    const ping = () => Promise.all([client.ask({ action: 'ping' }), old.ask({ action: 'ping' })]);
    advance(109 * minute);
    await ping();
    await check();
    advance(minute);
    await ping();
    await check();
    await check();
    expect(await client.receive()).toEqual({ action: 'reconnect', push: true, code: 1001, within: expect.any(Number) });
    await ping();
    expect([client.unread, old.unread]).toEqual([[], []]);
    advance(20 * minute);
    await check();
    expect(await rowsOf(live.context)).toEqual([]);
  });
});

it('a connection that authenticates while it is found to be one too many stays', async () => {
  const { live } = await start();
  const { context, outside } = live;
  const client = await live.connect();
  await live.idle();
  const [own] = await rowsOf(context);
  const newer = Array.from({ length: 100 }, (_, index) => ({
    ...own,
    connectionId: `${String(index).padStart(15, '0')}=`,
    connectedAt: Date.now() + minute,
  }));
  await batchPut(context.db, context.clock, context.tables.connections, newer);
  outside.after = async ({ name }) => {
    if (!name.startsWith('Scan')) return;
    outside.heal();
    await client.ask({ action: 'auth', token, features });
    await live.idle();
  };
  await checkConnections(context, timeout);
  expect(await Promise.race([client.closed, client.ask({ action: 'ping' })])).toMatchObject({ success: true });
});

const operatorRow = (account: string) => ({
  account,
  generation: 'g',
  createdAt: 1,
  permissions: ['operator'],
  blockLogin: false,
});

describe('the watch', () => {
  it('is one, until nobody is connected', async () => {
    const live = await startLive({ authenticate: () => legacyAuthenticate });
    const { context } = live;
    const deadline = Date.now() + 5 * minute;
    const client = await live.open(token);
    const running = watch(context, timeout, deadline);
    await expect.poll(() => watchState(context), patience).toBe('running');
    expect(await watch(context, timeout, deadline)).toBe('replaced');
    await client.close();
    expect(await running).toBe('idle');
    expect(await watchState(context)).toBe('none');
  });

  it('goes on for a client that connects while it ends', async () => {
    const live = await startLive({ authenticate: () => legacyAuthenticate });
    const { context } = live;
    const { db, tables } = context;
    let isIdle = false;
    let client: ReturnType<typeof live.open> | undefined;
    const send = async (command: UpdateCommand | ScanCommand) => {
      // The watch has seen that nobody is connected, and is about to say so.
      if (isIdle && command instanceof UpdateCommand) {
        client ??= live.open(token);
        await client;
      }
      const { Items: items } = await db.send(command as ScanCommand);
      if (command.input.TableName === tables.connections && items) isIdle = items.length === 0;
      return { Items: items };
    };
    const running = watch({ ...context, db: Object.assign(Object.create(db), { send }) }, timeout, Date.now() + minute);
    await expect.poll(() => client, patience).toBeDefined();
    const connected = await client;
    await expect.poll(() => watchState(context), patience).toBe('running');
    await connected?.close();
    expect(await running).toBe('idle');
  });

  it('hands over when its time is over, and is begun again where nobody takes over', async () => {
    const live = await startLive({ authenticate: () => legacyAuthenticate });
    const { context } = live;
    await live.open(token);
    expect(await watch(context, timeout, Date.now() + 300)).toBe('unfinished');
    expect(await watchState(context)).toBe('abandoned');
    let started = 0;
    const begin = async () => {
      started += 1;
    };
    await restartWatch(context, begin);
    expect(started).toBe(1);
    expect(live.logs).toMatchObject([{ message: 'watch restarted', LiveFailures: 1 }]);
    expect(await takeWatchLease(context)).toBeDefined();
    await restartWatch(context, begin);
    expect(started).toBe(1);
  });

  it('leaves its lease to the next one where it cannot hand it over', async () => {
    const { clock: ahead, advance } = laterClock();
    const clock: Clock = {
      ...ahead,
      sleep: async (milliseconds) => (milliseconds < 1_000 ? ahead.sleep(milliseconds) : advance(milliseconds)),
    };
    const live = await startLive({ clock, authenticate: () => legacyAuthenticate });
    const { context, outside } = live;
    await live.open(token);
    outside.before = ({ input }) => {
      const { TableName, ConditionExpression, ExpressionAttributeValues: values } = Object(input);
      const isOwn = TableName === context.tables.control && ConditionExpression === 'holder = :mine';
      // A renewal sets an end that is to come.
      if (isOwn && Object.values(values).some((value) => Number(value) <= clock.now())) throw new Error('not today');
    };
    expect(await watch(context, timeout, clock.now() + 300)).toBe('unfinished');
    outside.heal();
    expect(await takeWatchLease(context)).toBeDefined();
  });

  it.each(['Scan', 'Update'])('goes on after a failure of %s, and counts it', async (failing) => {
    const live = await startLive({ authenticate: () => legacyAuthenticate });
    const { context, outside } = live;
    const client = await live.open(token);
    const running = watch(context, timeout, Date.now() + 5 * minute);
    await expect.poll(() => watchState(context), patience).toBe('running');
    outside.before = ({ name }) => {
      if (name.startsWith(failing)) throw new Error('not today');
    };
    await expect
      .poll(() => live.logs, patience)
      .toContainEqual(expect.objectContaining({ message: 'watch failed', LiveFailures: 1 }));
    outside.heal();
    await client.close();
    expect(await running).toBe('idle');
  });

  const [eve, bob] = ['1000000000000001', '2000000000000002'];

  /** Accounts of operators by the names of their devices, each with the session of its name. */
  async function startWithOperators(clock: Clock = systemClock) {
    const authenticate = async (shown: unknown) => {
      const identity = await legacyAuthenticate(shown);
      const { code } = identity;
      const account = { name: code, generation: 'g', sessionId: code };
      return { ...identity, account, channel: `account#${code}#1`, audiences: ['operators', `account#${code}`] };
    };
    const live = await startLive({ clock, authenticate: () => authenticate });
    const { db, tables } = live.context;
    for (const name of [eve, bob]) {
      const account = operatorRow(name);
      const session = { sessionId: name, account: name, generation: 'g' };
      await transact(db, clock, [
        { Put: { TableName: tables.accounts, Item: account } },
        { Put: { TableName: tables.sessions, Item: session } },
      ]);
    }
    return live;
  }

  it('shuts out whose session ends while very many get a push', async () => {
    const { clock, advance } = laterClock();
    const live = await startWithOperators(clock);
    const { db, tables, sockets } = live.context;
    // Groups of accounts between those that are connected, whose names begin with digits.
    const others = Array.from({ length: 210 }, (_, index) => `${eve}${index + 100}`);
    const rosters = others.map((subscriber) => ({
      channel: 'audience#operators',
      subscriber,
      log: `account#${subscriber}#1`,
    }));
    await batchPut(db, clock, tables.accounts, others.map(operatorRow));
    await batchPut(db, clock, tables.subscriptions, rosters);
    const [first, last] = [
      await live.open(deviceToken(eve), { features }),
      await live.open(deviceToken(bob), { features }),
    ];
    const release = Promise.withResolvers<void>();
    let isPushing = false;
    const post = async (id: string, text: string) => {
      if (text.includes('project#p')) {
        isPushing = true;
        await release.promise;
      }
      return sockets.post(id, text);
    };
    const running = watch({ ...live.context, sockets: { ...sockets, post } }, timeout, clock.now() + 5 * minute);
    const event = { subject: 'project#p', sequence: 1, event: 'created', projectNo: 'p' } as const;
    await transact(db, clock, historyWrites(tables, [event], { at: Date.now() }));
    await expect.poll(() => isPushing, patience).toBe(true);
    const signOut = { subject: `account#${eve}`, sequence: 1, event: 'signed out' } as const;
    await transact(db, clock, [
      { Delete: { TableName: tables.sessions, Key: { sessionId: eve } } },
      ...historyWrites(tables, [signOut], { at: Date.now() }),
    ]);
    advance(1_000);
    const order: string[] = [];
    void first.closed.then(() => order.push('closed'));
    void last.receive().then(() => order.push('pushed'));
    release.resolve();
    await expect.poll(() => order, patience).toEqual(['closed', 'pushed']);
    await last.close();
    expect(await running).toBe('idle');
  });

  it('pushes what happens', async () => {
    const live = await startWithOperators();
    const { context } = live;
    const client = await live.open(deviceToken(eve), { features });
    const running = watch(context, timeout, Date.now() + 5 * minute);
    for (let sequence = 1; sequence <= 3; sequence++) {
      const event = { subject: 'project#p', sequence, event: 'created', projectNo: 'p' } as const;
      await transact(context.db, context.clock, historyWrites(context.tables, [event], { at: Date.now() }));
      expect(await client.receive()).toMatchObject({ action: 'event', offset: sequence, event: { sequence } });
    }
    await client.close();
    expect(await running).toBe('idle');
  });
});
