import { describe, expect, it, vi } from 'vitest';
import type { ConnectionRow } from '../../shared/live/connection.ts';
import type { Manager } from '../../shared/live/manager.ts';
import { handleArrival } from '../../shared/live/request/handle-arrival.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { deviceToken, legacyAuthenticate, userToken } from './legacy-tokens.ts';
import { type LiveOptions, startLive } from './live-fixture.ts';

vi.setConfig({ testTimeout: 120_000 });

const token = deviceToken('1000000000000000');

const alarm = {
  type: 'object',
  properties: {
    info: {
      type: 'object',
      properties: { deviceID: { type: 'string' }, name: { type: 'string' } },
      required: ['deviceID'],
      additionalProperties: false,
    },
  },
  required: ['info'],
  additionalProperties: false,
};

function register(manager: Manager) {
  manager.register('example', () => [true, null]);
  manager.register('false', () => [false, null]);
  manager.register('data', () => [true, { value: 1, action: 'other' }]);
  manager.register('bare', () => 'text');
  manager.register('nothing', () => undefined);
  manager.register('set', () => [true, new Set()]);
  manager.register('triple', () => [true, {}, {}]);
  manager.register('throws', () => {
    throw new TypeError('no such thing');
  });
  manager.register('who', (_, connection) => [true, { id: connection.id, text: `${connection}` }]);
  manager.register('alarm', ({ action, info }) => [true, { heard: [action, info] }], alarm);
}

const start = (options: Partial<LiveOptions> = {}) =>
  startLive({ authenticate: () => legacyAuthenticate, register, ...options });

describe('the first message', () => {
  it.each([
    ['an action and a token', { action: 'auth', token }],
    ['a token alone', { token }],
  ])('authenticates with %s', async (_, message) => {
    const client = await (await start()).connect();
    expect(await client.ask(message)).toEqual({ success: true, action: 'auth', timeout: 30 });
    expect(await client.ask({ action: 'ping' })).toEqual({ success: true, action: 'ping' });
  });

  it('announces the timeout, which is 30 s where less than 5 s are asked for', async () => {
    const [short, long] = [await start({ timeout: 4 }), await start({ timeout: 5 })];
    expect(await (await short.connect()).ask({ token })).toMatchObject({ timeout: 30 });
    expect(short.logs).toMatchObject([{ level: 'warn', message: 'timeout is too short' }]);
    expect(await (await long.connect()).ask({ token })).toMatchObject({ timeout: 5 });
  });

  it.each([
    ['an old token', deviceToken('1000000000000000', Math.floor(Date.now() / 1_000) - 130_000), 'Expired'],
    ['no token', { code: 'x' }, 'Invalid token'],
    ['null', null, 'Invalid token'],
    ['another signature', { ...token, code: 'y' }, 'Invalid signature'],
  ])('is refused with %s, and the connection closed', async (_, wrong, comment) => {
    const client = await (await start()).connect();
    expect(await client.ask({ action: 'auth', token: wrong })).toEqual({ success: false, action: 'auth', comment });
    expect(await client.closed).toBe(1000);
  });

  it('is refused without a comment when the token cannot be checked', async () => {
    const live = await start({
      authenticate: () => async () => {
        throw new Error('no key today');
      },
    });
    const client = await live.connect();
    expect(await client.ask({ action: 'auth', token })).toEqual({ success: false, action: 'auth' });
    expect(await client.closed).toBe(1000);
    expect(live.logs).toMatchObject([{ message: 'authentication failed', error: 'Error: no key today' }]);
  });

  it.each([
    ['another action', '{"action":"ping"}'],
    ['another action with a token', JSON.stringify({ action: 'ping', token })],
    ['no token', '{"action":"auth"}'],
    ['a list', '[]'],
    ['no JSON', '{'],
    ['NaN', '{"action":"auth","token":NaN}'],
  ])('is refused with %s, without an action, and the connection closed', async (_, text) => {
    const client = await (await start()).connect();
    client.sendText(text);
    const answer = await client.receive();
    expect(answer).toEqual({ success: false, comment: expect.stringMatching(/^Error from endpoint: '.+'$/) });
    expect(answer.comment).not.toMatch(/\bat .*:\d+/);
    expect(await client.closed).toBe(1000);
  });
});

describe('a request', () => {
  it.each([
    ['example', { success: true, action: 'example' }],
    ['false', { success: false, action: 'false' }],
    ['data', { success: true, action: 'other', value: 1 }],
    ['bare', { success: 'text', action: 'bare' }],
    ['nothing', { success: null, action: 'nothing' }],
    [
      'set',
      {
        success: true,
        action: 'set',
        comment: "Could not add optional data. Server did not return dict. Returned <class 'set'>",
      },
    ],
    [
      'triple',
      {
        success: false,
        action: 'triple',
        comment: "Error from endpoint: 'InvalidInputError: the handler gave 3 values in place of two'",
      },
    ],
    ['throws', { success: false, action: 'throws', comment: "Error from endpoint: 'TypeError: no such thing'" }],
    ['roflcopter', { success: false, action: 'roflcopter', comment: 'Unknown Action' }],
    [5, { success: false, action: 5, comment: 'Unknown Action' }],
    ['auth', { success: false, action: 'auth', comment: 'Unknown Action' }],
    ['resume', { success: false, action: 'resume', comment: 'Unknown Action' }],
    ['keepalive', { success: true, action: 'keepalive' }],
  ])('of the action %s is answered, and the connection stays open', async (action, answer) => {
    const client = await (await start()).open(token);
    expect(await client.ask({ action })).toEqual(answer);
    expect(await client.ask({ action: 'ping' })).toEqual({ success: true, action: 'ping' });
  });

  it('knows whose it is', async () => {
    const live = await start();
    const [device, user] = [await live.open(token), await live.open(userToken(5, []))];
    expect(await device.ask({ action: 'who' })).toMatchObject({ id: '1000000000000000', text: '1000000000000000' });
    expect(await user.ask({ action: 'who' })).toMatchObject({ id: 5, text: '5' });
  });

  it('is checked by the schema, which sees neither action nor id', async () => {
    const client = await (await start()).open(token, { features: ['id'] });
    const good = { action: 'alarm', info: { deviceID: '1' } };
    expect(await client.ask(good)).toEqual({ success: true, action: 'alarm', heard: ['alarm', { deviceID: '1' }] });
    expect(await client.ask({ ...good, id: 'seven' })).toMatchObject({ success: true, id: 'seven' });
    expect(await client.ask({ ...good, x: 1, id: 8 })).toEqual({
      success: false,
      action: 'alarm',
      id: 8,
      comment: expect.stringMatching(
        /^Additional properties are not allowed \('x' was unexpected\)\n\nFailed validating /,
      ),
    });
  });

  it('repeats no id for a client that has not asked for it', async () => {
    const client = await (await start()).open(token);
    expect(await client.ask({ action: 'ping', id: 1 })).toEqual({ success: true, action: 'ping' });
  });

  it('of the action disconnect is answered before the connection is closed', async () => {
    const client = await (await start()).open(token);
    expect(await client.ask({ action: 'disconnect' })).toEqual({ success: true, action: 'disconnect' });
    expect(await client.closed).toBe(1000);
  });

  it('that is malformed is answered, and closes the connection after the fifth in a row', async () => {
    const client = await (await start()).open(token);
    const texts = ['{', '[]', '{}', '"x"'];
    for (const text of texts) {
      client.sendText(text);
      expect(await client.receive()).toMatchObject({
        success: false,
        comment: expect.stringMatching(/^Error from endpoint: '/),
      });
    }
    await client.ask({ action: 'ping' });
    for (const text of [...texts, '{']) {
      client.sendText(text);
      expect(await client.receive()).toMatchObject({ success: false });
    }
    expect(await client.receive()).toMatchObject({ action: 'close', code: 1008 });
    expect(await client.closed).toBe(1000);
  });
});

describe('requests of one connection', () => {
  it('are answered in the order of their ids, in whatever order they come', async () => {
    const client = await (await start()).open(token, { features: ['id', 'order'] });
    const ids = Array.from({ length: 30 }, (_, index) => index + 1);
    for (const id of [...ids.slice(3), ...ids.slice(0, 3)]) client.send({ action: 'ping', id });
    const answered: unknown[] = [];
    for (const _ of ids) answered.push((await client.receive()).id);
    expect(answered).toEqual(ids);
  });

  it('are each answered once', async () => {
    const client = await (await start()).open(token, { features: ['id'] });
    const ids = Array.from({ length: 30 }, (_, index) => index + 1);
    for (const id of ids) client.send({ action: 'ping', id });
    const answered: unknown[] = [];
    for (const _ of ids) answered.push((await client.receive()).id);
    expect(answered.toSorted((one, other) => Number(one) - Number(other))).toEqual(ids);
  });

  it('are begun one after the other has ended', async () => {
    let running = 0;
    let most = 0;
    const live = await start({
      register(manager) {
        manager.register('work', async () => {
          most = Math.max(most, ++running);
          await manager.isConnected('nobody');
          running -= 1;
          return true;
        });
      },
    });
    const client = await live.open(token);
    for (let index = 0; index < 10; index++) client.send({ action: 'work' });
    for (let index = 0; index < 10; index++) await client.receive();
    expect(most).toBe(1);
  });

  it('close it when more than a hundred wait', async () => {
    const blocked = Promise.withResolvers<void>();
    const live = await start({ register: (manager) => manager.register('wait', async () => blocked.promise) });
    const client = await live.open(token);
    for (let index = 0; index < 110; index++) client.send({ action: 'wait' });
    expect(await client.receive()).toMatchObject({ action: 'close', code: 1008 });
    expect(await client.closed).toBe(1000);
    blocked.resolve();
  });

  it('close it when more than a hundred wait that may hold a token, each in its own invocation', async () => {
    const live = await start();
    const client = await live.open(token, { features: ['id', 'order'] });
    const { context } = live;
    await live.idle();
    const [row] = await Array.fromAsync(scan<ConnectionRow>(context.db, context.tables.connections));
    const text = JSON.stringify({ action: 'ping', id: 2, note: 'token' });
    const arrival = { connectionId: row?.connectionId ?? '', at: Date.now(), text };
    const handling = { deadline: Date.now() + 25_000, handle: async () => ({}), goOn: async () => {} };
    const arrivals = Promise.all(Array.from({ length: 110 }, () => handleArrival(context, arrival, handling)));
    expect(await client.receive()).toMatchObject({ action: 'close', code: 1008 });
    expect(await client.closed).toBe(1000);
    await arrivals;
    expect(await Array.fromAsync(scan(context.db, context.tables.connections))).toEqual([]);
  });
});
