import { describe, expect, it, vi } from 'vitest';
import { type AccountRow, accountCreation } from '../../shared/accounts/account.ts';
import { beginSession } from '../../shared/accounts/session.ts';
import { historyWrites } from '../../shared/history/history.ts';
import { authenticateAccount } from '../../shared/live/authenticate.ts';
import type { ConnectionRow } from '../../shared/live/connection.ts';
import { pushUnpublished } from '../../shared/live/events/push-unpublished.ts';
import type { Manager } from '../../shared/live/manager.ts';
import { waitingMessages } from '../../shared/live/request/turn.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { transact } from '../../shared/platform/transaction.ts';
import { useWorlds } from '../support/setup.ts';
import { Follower } from './follower.ts';
import { deviceToken, legacyAuthenticate } from './legacy-tokens.ts';
import { startLive } from './live-fixture.ts';

vi.setConfig({ testTimeout: 120_000 });

const newWorld = useWorlds();
const patience = { timeout: 20_000 };
const moments = ['before', 'after'] as const;

describe('an event whose push breaks off at any call', () => {
  it.each(moments)('is in the log once, and reaches its client once (%s the call)', async (when) => {
    const world = await newWorld();
    const live = await startLive({ world, authenticate: (context) => authenticateAccount(context) });
    const { context, outside } = live;
    const row: AccountRow = {
      ...{ account: 'eve', userName: 'eve', passwordGenerated: false, changePassword: false, blockLogin: false },
      ...{ permissions: ['operator'], generation: 'g', createdAt: 1, version: 0 },
    };
    await transact(context.db, context.clock, accountCreation(context.tables.accounts, row));
    const { token } = await beginSession(world.context, row, { restricted: false, refreshable: false, address: '' });
    const eve = new Follower(live, token);
    await eve.connect();
    // The crash is for the push, not for the end of the request that connects.
    await live.idle();
    let events = 0;
    for (let call = 1, died = true; died; call++) {
      events += 1;
      const event = { subject: 'project#p', sequence: events, event: 'created', projectNo: 'p' } as const;
      await transact(context.db, context.clock, historyWrites(context.tables, [event], { at: context.clock.now() }));
      const hasDied = outside.crashAt(call, when);
      await pushUnpublished(context).catch(() => {});
      died = hasDied();
      outside.heal();
      await pushUnpublished(context);
    }
    expect(events).toBeGreaterThan(8);
    await expect.poll(() => eve.offset, patience).toBe(events);
    expect(eve.got.map((push) => Reflect.get(Object(push.event), 'sequence'))).toEqual(
      Array.from({ length: events }, (_, index) => index + 1),
    );
  });
});

describe('a request whose function breaks off at any call', () => {
  it.each(moments)(
    'is carried out once at most, and keeps no later one from being answered (%s the call)',
    async (when) => {
      const world = await newWorld();
      const carriedOut: unknown[] = [];
      const register = (manager: Manager) => {
        manager.register('note', async ({ n }, connection) => {
          carriedOut.push(n);
          await manager.send({ action: 'noted', n }, connection);
          return true;
        });
      };
      const live = await startLive({ world, register, authenticate: () => legacyAuthenticateAt(world.clock.now()) });
      let rounds = 0;
      for (let call = 1, died = true; died; call++) {
        rounds += 1;
        const client = await live.open(deviceToken(`10000000000000${String(call).padStart(2, '0')}`));
        await client.ask({ action: 'ping' });
        const hasDied = live.outside.crashAt(call, when);
        client.send({ action: 'note', n: call });
        await expect.poll(() => hasDied() || client.unread.length >= 2, patience).toBe(true);
        died = hasDied();
        live.outside.heal();
        // The turn of the invocation that died ends.
        world.clock.advance(26_000);
        client.send({ action: 'note', n: -call });
        await expect.poll(() => carriedOut.includes(-call), patience).toBe(true);
        await client.close();
      }
      expect(rounds).toBeGreaterThan(5);
      expect(new Set(carriedOut).size).toBe(carriedOut.length);
    },
  );
});

it('a connection that closes before its subscription is stored leaves none, though its function fails then', async () => {
  const world = await newWorld();
  const live = await startLive({ world, authenticate: () => legacyAuthenticateAt(world.clock.now()) });
  const { context, outside } = live;
  const rows = (table: string) => Array.fromAsync(scan(context.db, table));
  const client = await live.connect();
  await live.idle();
  outside.before = async ({ input }) => {
    if (Reflect.get(Object(input), 'TableName') !== context.tables.subscriptions) return;
    outside.before = ({ name }) => {
      if (name === 'UpdateItemCommand') throw new Error('the table is busy');
    };
    await client.close();
    await expect.poll(() => rows(context.tables.connections), patience).toEqual([]);
  };
  client.send({ action: 'auth', token: deviceToken('1000000000000000') });
  await expect.poll(() => client.unread.length, patience).toBe(1);
  await live.idle();
  outside.heal();
  expect(live.logs).toContainEqual(expect.objectContaining({ message: 'invocation failed' }));
  expect(await rows(context.tables.subscriptions)).toEqual([]);
});

it('a message that waits is carried out once, whichever command the SDK repeats because its answer was lost', async () => {
  const world = await newWorld();
  const held: (() => void)[] = [];
  const carriedOut: unknown[] = [];
  const register = (manager: Manager) => {
    manager.register('hold', () => new Promise<boolean>((resolve) => void held.push(() => resolve(true))));
    manager.register('note', ({ n }) => {
      carriedOut.push(n);
      return [true, { n }];
    });
  };
  const live = await startLive({ world, register, authenticate: () => legacyAuthenticateAt(world.clock.now()) });
  const client = await live.open(deviceToken('1000000000000000'));
  await live.idle();
  const [row] = await Array.fromAsync(scan<ConnectionRow>(live.context.db, live.context.tables.connections));
  const waiting = async () => (await waitingMessages(live.context, row?.connectionId ?? '')).length;
  let rounds = 0;
  for (let call = 1, isRepeated = true; isRepeated; call++) {
    rounds += 1;
    client.send({ action: 'hold' });
    await expect.poll(() => held.length, patience).toBe(1);
    client.send({ action: 'note', n: call });
    await expect.poll(waiting, patience).toBe(1);
    const hasRepeated = live.outside.repeatAt(call);
    held.pop()?.();
    await live.idle();
    isRepeated = hasRepeated();
    live.outside.heal();
    expect(carriedOut.at(-1)).toBe(call);
    expect(await client.receive()).toMatchObject({ action: 'hold' });
    expect(await client.receive()).toMatchObject({ action: 'note', n: call });
  }
  expect(rounds).toBeGreaterThan(5);
  expect(carriedOut).toEqual(Array.from({ length: rounds }, (_, index) => index + 1));
});

it('requests for which the time of an invocation is too short are answered by another one, in their order', async () => {
  const world = await newWorld();
  const held: (() => void)[] = [];
  const register = (manager: Manager) => {
    manager.register('hold', () => new Promise<boolean>((resolve) => void held.push(() => resolve(true))));
    manager.register('work', ({ n }) => {
      world.clock.advance(8_000);
      return [true, { n }];
    });
  };
  const live = await startLive({ world, register, authenticate: () => legacyAuthenticateAt(world.clock.now()) });
  const client = await live.open(deviceToken('1000000000000000'));
  client.send({ action: 'hold' });
  await expect.poll(() => held.length, patience).toBe(1);
  const rows = await Array.fromAsync(scan<ConnectionRow>(live.context.db, live.context.tables.connections));
  const waiting = async () => (await waitingMessages(live.context, rows[0]?.connectionId ?? '')).length;
  for (let n = 1; n <= 5; n++) {
    client.send({ action: 'work', n });
    await expect.poll(waiting, patience).toBe(n);
  }
  held[0]?.();
  expect(await client.receive()).toMatchObject({ action: 'hold' });
  for (let n = 1; n <= 5; n++) expect(await client.receive()).toMatchObject({ action: 'work', n });
});

/** Tokens of the system's time, in a world with another one. */
const legacyAuthenticateAt = (now: number) => async (token: unknown) => ({
  ...(await legacyAuthenticate(token)),
  validUntil: now + 24 * 3_600_000,
});
