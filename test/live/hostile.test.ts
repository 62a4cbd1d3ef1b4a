import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { endOfTokens } from '../../shared/accounts/account.ts';
import { authenticateAccount } from '../../shared/live/authenticate.ts';
import type { Subscription } from '../../shared/live/channel/subscriptions.ts';
import type { ConnectionRow } from '../../shared/live/connection.ts';
import { handleArrival } from '../../shared/live/request/handle-arrival.ts';
import { waitingMessages } from '../../shared/live/request/turn.ts';
import { checkConnections } from '../../shared/live/watch/check-connections.ts';
import { forEachConcurrently } from '../../shared/platform/concurrency.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { useWorlds } from '../support/setup.ts';
import { change, createOperator, tokenOf } from './accounts.ts';
import { deviceToken, legacyAuthenticate } from './legacy-tokens.ts';
import { LiveClient } from './live-client.ts';
import { type Live, startLive } from './live-fixture.ts';

vi.setConfig({ testTimeout: 60_000 });

const newWorld = useWorlds();
const patience = { timeout: 20_000 };
const [ours, theirs] = ['1000000000000000', '2000000000000000'];
const timeout = 30;

const rowsOf = ({ context: { db, tables } }: Live) => Array.fromAsync(scan<ConnectionRow>(db, tables.connections));

/** A neighbour, whom nothing of what others do should concern. */
async function startWithNeighbour() {
  const live = await startLive({ authenticate: () => legacyAuthenticate });
  const neighbour = await live.open(deviceToken(ours), { features: ['resume'] });
  return { live, neighbour };
}

describe('connections that come and go', () => {
  it('leave nothing behind, and their neighbour its answers and pushes', async () => {
    const { live, neighbour } = await startWithNeighbour();
    const numbers = Array.from({ length: 30 }, (_, index) => index);
    await forEachConcurrently(numbers, 10, async (number) => {
      const client = await LiveClient.connect(live.url);
      if (number % 3 === 0) return client.terminate();
      await client.ask({ action: 'auth', token: deviceToken(theirs), features: ['resume', 'presence'] });
      if (number % 3 === 1) client.terminate();
      else await client.close();
    });
    await expect.poll(async () => (await rowsOf(live)).length, patience).toBe(1);
    const { db, tables } = live.context;
    await expect
      .poll(async () => (await Array.fromAsync(scan<Subscription>(db, tables.subscriptions))).length, patience)
      .toBe(1);
    await live.manager.send({ action: 'n' }, ours);
    expect(await neighbour.receive()).toMatchObject({ action: 'n', offset: 1 });
    // A function that found the connection gone is no failure.
    expect(live.logs.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('and do not authenticate are closed, the oldest first, when there are too many', async () => {
    const { live, neighbour } = await startWithNeighbour();
    const clients = await Promise.all(Array.from({ length: 103 }, () => LiveClient.connect(live.url)));
    await checkConnections(live.context, timeout);
    await expect.poll(async () => (await rowsOf(live)).length, patience).toBe(101);
    expect(await neighbour.ask({ action: 'ping' })).toMatchObject({ success: true });
    for (const client of clients) client.terminate();
  });
});

describe('a client that sends too much', () => {
  it('before it is authenticated is answered once', async () => {
    const { live } = await startWithNeighbour();
    const client = await live.connect();
    for (let count = 0; count < 50; count++) client.send({ action: 'ping' });
    await client.closed;
    expect(client.unread).toHaveLength(1);
    await expect.poll(async () => (await rowsOf(live)).length, patience).toBe(1);
  });

  it.each<[string, string | Buffer, number]>([
    ['a message of more than 128 KB', JSON.stringify({ action: 'ping', x: 'x'.repeat(128 * 1_024) }), 1009],
    ['a frame of more than 32 KB', JSON.stringify({ action: 'ping', x: 'x'.repeat(33 * 1_024) }), 1009],
    ['a binary frame', Buffer.from('{"action":"ping"}'), 1003],
  ])('and %s ends its own connection alone', async (_, data, code) => {
    const { live, neighbour } = await startWithNeighbour();
    const socket = new WebSocket(live.url);
    await new Promise((resolve) => socket.once('open', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.send(JSON.stringify({ action: 'auth', token: deviceToken(theirs) }));
    socket.send(data);
    expect(await closed).toBe(code);
    expect(await neighbour.ask({ action: 'ping' })).toMatchObject({ success: true });
  });

  it('gets no more than a refusal for what no parser should mind', async () => {
    const { live } = await startWithNeighbour();
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '['.repeat(30_000),
      `{"action":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
    ]) {
      const client = await live.open(deviceToken(theirs));
      client.sendText(text);
      expect(await client.receive()).toMatchObject({ success: false });
      expect(await client.ask({ action: 'ping' })).toMatchObject({ success: true });
    }
    const client = await live.open(deviceToken(theirs));
    client.sendText('{"action":"__proto__","__proto__":{"admin":true},"constructor":1}');
    expect(await client.receive()).toMatchObject({ success: false, comment: 'Unknown Action' });
  });
});

it('a client that does not read holds up nobody', async () => {
  const { live, neighbour } = await startWithNeighbour();
  const slow = new WebSocket(live.url);
  await new Promise((resolve) => slow.once('open', resolve));
  const answered = new Promise((resolve) => slow.once('message', resolve));
  slow.send(JSON.stringify({ action: 'auth', token: deviceToken(ours), features: ['resume'] }));
  await answered;
  slow.pause();
  const text = 'x'.repeat(100_000);
  const isRefused = () => live.logs.some(({ message }) => message === 'push failed');
  let sent = 0;
  // Until the buffers of the machine and of API Gateway are full, and then some.
  for (let more = 20; more > 0; more -= isRefused() ? 1 : 0) {
    await live.manager.send({ action: 'n', text }, ours);
    sent += 1;
  }
  for (let offset = 1; offset <= sent; offset++) expect(await neighbour.receive()).toMatchObject({ offset });
  // The SDK would have tried each of them again, after a wait.
  expect(live.logs.filter(({ message }) => message === 'push failed')).toMatchObject(
    Array.from({ length: 20 }, () => ({ error: expect.stringContaining('reads too slowly') })),
  );
  slow.terminate();
});

it('a token is of no use after its revocation, however often and whatever way it is shown', async () => {
  const world = await newWorld();
  const live = await startLive({ world, authenticate: (context) => authenticateAccount(context) });
  await createOperator(world, 'eve');
  const token = await tokenOf(world, 'eve');
  const open = await live.open(token, { features: ['resume'] });
  await change(world.context, 'eve', endOfTokens());
  const fields = [{ action: 'auth', token }, { token }, { token, resume: { epoch: 'e', offset: 0 } }];
  const answers = await Promise.all(
    Array.from({ length: 30 }, async (_, index) => (await live.connect()).ask(fields[index % 3])),
  );
  for (const answer of answers) expect(answer).toEqual({ success: false, action: 'auth', comment: 'Expired' });
  // Not even on the connection that it has opened.
  expect(await open.ask({ action: 'auth', token })).toMatchObject({ success: false });
});

it('a token that has to wait for its turn is stored nowhere', async () => {
  const { live } = await startWithNeighbour();
  const client = await live.open(deviceToken(theirs), { features: ['id', 'order'] });
  const canary = `canary-${randomUUID()}`;
  const calls: string[] = [];
  live.outside.before = ({ name, input }) => void calls.push(`${name} ${JSON.stringify(input)}`);
  client.send({ action: 'auth', id: 2, token: { ...deviceToken(theirs), code: canary } });
  await vi.waitFor(() => expect(calls.length).toBeGreaterThan(2), patience);
  client.send({ action: 'ping', id: 1 });
  expect(await client.receive()).toMatchObject({ id: 1 });
  expect(await client.receive()).toMatchObject({ action: 'auth', id: 2 });
  expect(calls.filter((call) => call.includes(canary))).toEqual([]);
});

it('what clients send is in no log and, once it is handled, in no table', async () => {
  const { live } = await startWithNeighbour();
  const canary = `canary-${randomUUID()}`;
  const wrong = { ...deviceToken(theirs), code: canary };
  for (const first of [{ token: canary }, { token: wrong }, { action: 'auth', token: { [canary]: canary } }, canary]) {
    const client = await live.connect();
    client.send(first);
    await client.closed;
  }
  const client = await live.open(deviceToken(theirs), { features: ['id', 'resume', canary] });
  for (let count = 0; count < 20; count++) client.send({ action: canary, id: canary, token: canary, data: canary });
  client.send({ action: 'resume', epoch: canary, offset: -1 });
  client.sendText(`{"action":"ping","${canary}`);
  for (let count = 0; count < 22; count++) expect(await client.receive()).toMatchObject({ success: false });
  await client.ask({ action: 'ping' });
  const { db, tables } = live.context;
  await expect.poll(async () => stored(), patience).not.toContain(canary);
  expect(JSON.stringify(live.logs)).not.toContain(canary);

  async function stored(): Promise<string> {
    const names = [tables.connections, tables.subscriptions, tables.channels];
    return JSON.stringify(await Promise.all(names.map((name) => Array.fromAsync(scan(db, name)))));
  }
});

describe('messages of a connection that has ended', () => {
  it('are kept nowhere, although they waited', async () => {
    const { live } = await startWithNeighbour();
    const client = await live.open(deviceToken(theirs), { features: ['id', 'order'] });
    const ids = (await rowsOf(live)).map(({ connectionId }) => connectionId);
    const waiting = async () => (await Promise.all(ids.map((id) => waitingMessages(live.context, id)))).flat().length;
    for (const id of [2, 3, 4]) client.send({ action: 'ping', id });
    await expect.poll(waiting, patience).toBe(3);
    client.terminate();
    await expect.poll(waiting, patience).toBe(0);
  });

  it('take one request to DynamoDB each', async () => {
    const { live, neighbour } = await startWithNeighbour();
    const [{ connectionId } = { connectionId: '' }] = await rowsOf(live);
    neighbour.terminate();
    await expect.poll(() => rowsOf(live), patience).toEqual([]);
    await live.idle();
    const calls: string[] = [];
    live.outside.before = ({ name }) => void calls.push(name);
    const unexpected = async () => {
      throw new Error('nothing is to be handled');
    };
    const handling = { deadline: Date.now() + 25_000, handle: unexpected, goOn: unexpected };
    for (const text of ['{"action":"ping"}', '{"action":"auth","token":"t"}', 'x']) {
      await handleArrival(live.context, { connectionId, at: Date.now(), text }, handling);
    }
    expect(calls).toEqual(['UpdateItemCommand', 'UpdateItemCommand', 'UpdateItemCommand']);
    expect(await waitingMessages(live.context, connectionId)).toEqual([]);
  });
});
