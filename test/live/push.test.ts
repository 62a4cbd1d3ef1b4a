import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import { openLog } from '../../shared/live/channel/log.ts';
import type { Manager, Sent } from '../../shared/live/manager.ts';
import { deviceToken, legacyAuthenticate, userToken } from './legacy-tokens.ts';
import type { LiveClient, Received } from './live-client.ts';
import { type Live, startLive } from './live-fixture.ts';

vi.setConfig({ testTimeout: 120_000 });

const code = '1000000000000000';
const device = deviceToken(code);
const features = ['id', 'resume'];

function register(manager: Manager) {
  const answer = async (sent: Promise<Sent>) => [true, { sent: await sent }];
  manager.register('send', (data, connection) => answer(manager.send({ action: 'news', n: data.n }, connection)));
  manager.register('sendAll', (data, connection) => answer(manager.sendAll({ action: 'news', n: data.n }, connection)));
  manager.register('sendAllTrue', (data, connection) =>
    answer(manager.sendAll({ action: 'news', n: data.n }, connection, true)),
  );
  manager.register('notify', (data, connection) => answer(manager.notify({ action: 'news', n: data.n }, connection)));
  manager.register('nothing', (_, connection) => answer(manager.sendAll({ n: 1 }, connection)));
  manager.register('large', (_, connection) => answer(manager.send({ text: 'x'.repeat(131_000) }, connection)));
}

const start = () => startLive({ authenticate: () => legacyAuthenticate, register });

async function receiveAll(client: LiveClient, count: number): Promise<Received[]> {
  const all: Received[] = [];
  while (all.length < count) all.push(await client.receive());
  return all;
}

describe('a push', () => {
  it('by send reaches all connections of a channel, the sender before its answer', async () => {
    const live = await start();
    const [sender, other, stranger] = [
      await live.open(device),
      await live.open(userToken(5, [code])),
      await live.open(userToken(6, [])),
    ];
    expect(await sender.ask({ action: 'send', n: 1 })).toEqual({ action: 'news', n: 1 });
    expect(await sender.receive()).toMatchObject({ action: 'send', sent: { delivered: 2, success: true } });
    expect(await other.receive()).toEqual({ action: 'news', n: 1 });
    expect(await stranger.ask({ action: 'ping' })).toEqual({ success: true, action: 'ping' });
  });

  it.each([
    ['sendAll', { action: 'news', n: 1 }],
    ['sendAllTrue', { success: true, action: 'news', n: 1 }],
    ['notify', { success: true, action: 'news', n: 1 }],
  ])('by %s reaches all but the sender', async (action, pushed) => {
    const live = await start();
    const [sender, other] = [await live.open(device), await live.open(userToken(5, [code]))];
    expect(await sender.ask({ action, n: 1 })).toMatchObject({ action, sent: { delivered: 1, success: true } });
    expect(await other.receive()).toEqual(pushed);
  });

  it('to nobody but the sender has no success', async () => {
    const sender = await (await start()).open(device);
    expect(await sender.ask({ action: 'notify' })).toMatchObject({ sent: { delivered: 0, success: false } });
  });

  it('by sendAll needs an action, and has at most what API Gateway takes', async () => {
    const sender = await (await start()).open(device);
    expect(await sender.ask({ action: 'nothing' })).toMatchObject({
      success: false,
      comment: expect.stringContaining('action'),
    });
    expect(await sender.ask({ action: 'large' })).toMatchObject({
      success: false,
      comment: expect.stringContaining('127 kB'),
    });
  });

  it('is not delivered to a connection that is gone, whose rows are removed', async () => {
    const live = await start();
    const [sender, other] = [await live.open(device), await live.open(userToken(5, [code]))];
    // As API Gateway may: it tells nobody.
    live.outside.before = ({ name }) => {
      if (name === 'DeleteCommand' || name === 'DeleteItemCommand') throw new Error('no news of the end');
    };
    await other.close();
    live.outside.heal();
    expect(await sender.ask({ action: 'notify' })).toMatchObject({ sent: { delivered: 0, success: false } });
    expect(await live.manager.present(code)).toHaveLength(1);
  });
});

describe('a client that was away', () => {
  const auth = (live: Live, more: object = {}) =>
    live.connect().then(async (client) => ({ client, answer: await client.ask({ token: device, features, ...more }) }));

  it('gets the place reached, from which pushes count on', async () => {
    const live = await start();
    const { client, answer } = await auth(live);
    expect(answer).toEqual({
      ...{
        success: true,
        action: 'auth',
        timeout: 30,
        session: expect.any(String),
        epoch: expect.any(String),
        offset: 0,
      },
    });
    for (const n of [1, 2, 3]) {
      expect(await client.ask({ action: 'send', n })).toEqual({
        action: 'news',
        n,
        push: true,
        channel: code,
        offset: n,
      });
      await client.receive();
    }
    expect((await auth(live)).answer).toMatchObject({ epoch: answer.epoch, offset: 3 });
    expect(await client.ask({ action: 'keepalive' })).toMatchObject({ success: true, epoch: answer.epoch, offset: 3 });
  });

  it('gets what it missed after the answer', async () => {
    const live = await start();
    const first = await auth(live);
    await first.client.close();
    for (const n of [1, 2, 3]) await live.manager.send({ action: 'news', n }, code);
    const { epoch } = first.answer;
    const { client, answer } = await auth(live, { resume: { epoch, offset: 1 } });
    expect(answer).toMatchObject({ offset: 3, recovered: true });
    expect(await receiveAll(client, 2)).toMatchObject([
      { n: 2, offset: 2 },
      { n: 3, offset: 3 },
    ]);
  });

  it('is told of a gap: another epoch, a place that is not reached yet, a push that is gone, too many', async () => {
    const live = await start();
    const { epoch } = (await auth(live)).answer;
    for (const n of [1, 2, 3]) await live.manager.send({ action: 'news', n }, code);
    const { answer } = await auth(live, { resume: { epoch: 'another', offset: 1 } });
    expect(answer).toMatchObject({ epoch, offset: 3, recovered: false });
    expect((await auth(live, { resume: { epoch, offset: 4 } })).answer).toMatchObject({ offset: 3, recovered: false });
    const { tables, db } = live.context;
    await db.send(new DeleteCommand({ TableName: tables.channels, Key: { channel: code, offset: 2 } }));
    expect((await auth(live, { resume: { epoch, offset: 1 } })).answer).toMatchObject({ offset: 3, recovered: false });
    expect((await auth(live, { resume: { epoch, offset: 2 } })).answer).toMatchObject({ offset: 3, recovered: true });
  });

  it('learns on an open connection what it misses', async () => {
    const live = await start();
    const { client, answer } = await auth(live);
    // Handled after the connection has subscribed: pushes come once from now on.
    await client.ask({ action: 'ping' });
    for (const n of [1, 2]) await live.manager.send({ action: 'news', n }, code);
    await receiveAll(client, 2);
    const { epoch } = answer;
    expect(await client.ask({ action: 'resume', id: 7, epoch, offset: 1 })).toEqual({
      ...{ success: true, action: 'resume', id: 7, epoch, offset: 2, recovered: true },
    });
    expect(await client.receive()).toMatchObject({ n: 2, offset: 2 });
    expect(await client.ask({ action: 'resume', epoch, offset: -1 })).toMatchObject({ success: false });
  });

  it('gets the offsets of its own pushes alone, also when it comes back', async () => {
    const live = await start();
    const { client, answer } = await auth(live);
    const offset = { action: 'offset', push: true, channel: code, offset: 1 };
    expect(await client.ask({ action: 'notify', n: 1 })).toEqual(offset);
    expect(await client.receive()).toMatchObject({ action: 'notify', sent: { delivered: 0, success: false } });
    const { epoch, session } = answer;
    const again = await auth(live, { resume: { epoch, offset: 0, session } });
    expect(again.answer).toMatchObject({ session, recovered: true });
    expect(await again.client.receive()).toEqual(offset);
  });

  it('misses no push that is appended while it authenticates', async () => {
    const live = await start();
    for (let round = 0; round < 10; round++) {
      const { offset } = await openLog(live.context, code);
      const [{ client, answer }] = await Promise.all([
        auth(live),
        ...[1, 2, 3, 4].map((n) => live.manager.send({ action: 'news', n }, code)),
      ]);
      // A push up to the place of the answer may come after it, too: the client has passed that place.
      const place = Number(answer.offset);
      const seen = new Set<number>();
      while (seen.size < offset + 4 - place) {
        const { offset: next } = await client.receive();
        if (Number(next) > place) seen.add(Number(next));
      }
      expect(seen).toEqual(new Set(Array.from({ length: seen.size }, (_, index) => place + 1 + index)));
      await client.close();
    }
  });
});

describe('presence', () => {
  it('lists sessions, and reports who comes and goes', async () => {
    const live = await start();
    const asked = { features: ['presence'] };
    const first = await live.connect();
    const { session } = await first.ask({ token: device, ...asked });
    const second = await live.connect();
    const { session: other } = await second.ask({ token: userToken(5, [code]), ...asked });
    const report = { action: 'presence', push: true, channel: code, session: other };
    expect(await first.receive()).toEqual({ ...report, event: 'join', count: 2 });
    const list = await first.ask({ action: 'presence' });
    expect(list).toMatchObject({ success: true, channel: code, count: 2 });
    expect(new Set(list.sessions as string[])).toEqual(new Set([session, other]));
    await second.close();
    expect(await first.receive()).toEqual({ ...report, event: 'leave', count: 1 });
  });
});
