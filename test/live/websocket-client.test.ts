import { describe, expect, it, vi } from 'vitest';
import { Expired } from '../../shared/auth/errors.ts';
import { AuthenticationError, ClosedError, NotSentError, UnansweredError } from '../../shared/live/client/errors.ts';
import type { Received } from '../../shared/live/client/push-sequence.ts';
import { type ClientOptions, WebsocketClient } from '../../shared/live/client/websocket-client.ts';
import { closeConnection, closings } from '../../shared/live/close.ts';
import type { ConnectionRow } from '../../shared/live/connection.ts';
import type { Manager } from '../../shared/live/manager.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { InvalidInputError } from '../../shared/platform/errors.ts';
import { ManualTiming, startClient, startNetwork } from './client-fixture.ts';
import { startLive } from './live-fixture.ts';

const channel = 'rain';
const patience = { timeout: 20_000 };

/** An API whose tokens are those that a test says are valid, behind a network, and a client with time of its own. */
async function start(options: Partial<ClientOptions> = {}) {
  const valid = new Set<unknown>(['sesame']);
  const shown: unknown[] = [];
  const held: (() => void)[] = [];
  const carriedOut: unknown[] = [];
  const register = (manager: Manager) => {
    manager.register('echo', ({ n }) => {
      carriedOut.push(n);
      return [n !== 'bad', { n }];
    });
    manager.register('hold', () => new Promise<boolean>((resolve) => void held.push(() => resolve(true))));
  };
  const authenticate = () => async (token: unknown) => {
    shown.push(token);
    if (!valid.has(token)) throw new Expired();
    const validUntil = Date.now() + 3_600_000;
    return { id: 1, channel, code: 'a@b.example', belongs: [], isUser: true, permissions: 0, validUntil };
  };
  const live = await startLive({ authenticate, register });
  const network = await startNetwork(live.url);
  const timing = new ManualTiming();
  const connect = (more: Partial<ClientOptions> = {}) =>
    startClient(network.url, { token: () => ({ token: 'sesame' }), timing, ...options, ...more });
  const client = connect();
  const states: string[] = [];
  client.onState((state) => states.push(state));
  return {
    ...{ valid, shown, held, carriedOut, live, network, timing, connect, client, states },
    push: (n: number) => live.manager.send({ action: 'news', n }, channel),
    connections: () => Array.fromAsync(scan<ConnectionRow>(live.context.db, live.context.tables.connections)),
  };
}

/** Keeps what a client receives: the number of a push, `gap` for a gap. */
function record(client: WebsocketClient): unknown[] {
  const all: unknown[] = [];
  client.onPush('*', ({ n }) => all.push(n));
  client.onGap(() => all.push('gap'));
  return all;
}

/** Waits until a client that has lost its connection waits for the next attempt, and lets it make it. */
async function reconnect({ timing, client }: { timing: ManualTiming; client: WebsocketClient }): Promise<void> {
  await expect.poll(() => client.state, patience).toBe('connecting');
  await expect.poll(() => timing.delays.length, patience).toBeGreaterThan(0);
  await expect
    .poll(() => {
      timing.advance(500);
      return client.state;
    }, patience)
    .toBe('open');
}

describe('a client', () => {
  it('shows its token in the first message, and not in the URL', async () => {
    const { client, network, shown, states } = await start();
    expect(client.state).toBe('connecting');
    await client.opened;
    expect(client.state).toBe('open');
    expect(states).toEqual(['open']);
    expect(shown).toEqual(['sesame']);
    expect(network.requestLines).toEqual(['GET /live HTTP/1.1']);
  });

  it('keeps its connection while its page is hidden: each keepalive is timed by the answer to the one before', async () => {
    const { client, timing } = await start();
    await client.opened;
    timing.advance(20_000);
    timing.advance(1);
    await expect.poll(() => timing.delays, patience).toEqual([20_000, 30_000]);
  });

  it('sends tokens to nobody who could be overheard', () => {
    const options = { token: () => ({ token: 't' }) };
    for (const url of ['ws://live.example', 'http://live.example', 'ws://127.0.0.1.example', 'ftp://localhost', 'live'])
      expect(() => new WebsocketClient(url, options)).toThrow(InvalidInputError);
  });

  it('goes on where another one has ended', async () => {
    const { client, connect, push } = await start();
    const received = record(client);
    await client.opened;
    await push(1);
    await expect.poll(() => received, patience).toEqual([1]);
    const { place } = client;
    await client.close();
    await push(2);
    await push(3);
    if (!place) throw new Error('no place');
    const next = connect({ from: place });
    const more = record(next);
    await expect.poll(() => more, patience).toEqual([2, 3]);
    expect(next.place).toEqual({ ...place, offset: 3 });
  });

  it('ends its requests and its readers when it is closed, and leaves no timer', async () => {
    const { client, timing, held, states } = await start();
    await client.opened;
    const pushes = client.receive();
    const reading = pushes.next();
    const request = client.request('hold');
    const refused = expect(request).rejects.toThrow(UnansweredError);
    await expect.poll(() => held.length, patience).toBe(1);
    await client.close();
    held[0]?.();
    await refused;
    expect(await reading).toEqual({ done: true, value: undefined });
    await expect(client.request('echo')).rejects.toThrow(ClosedError);
    await client.close();
    expect(timing.delays).toEqual([]);
    expect(states).toEqual(['open', 'closed']);
  });

  it('can be closed before it is open', async () => {
    const { client, timing } = await start();
    const request = expect(client.request('echo')).rejects.toThrow(ClosedError);
    const opened = expect(client.opened).rejects.toThrow(ClosedError);
    await client.close();
    await Promise.all([request, opened]);
    expect(timing.delays).toEqual([]);
  });
});

describe('a request', () => {
  it('has its own answer, and is carried out in the order of the calls', async () => {
    const { client, carriedOut } = await start();
    const numbers = Array.from({ length: 120 }, (_, index) => index);
    const answers = await Promise.all(numbers.map((n) => client.request('echo', { n })));
    expect(answers.map(({ n }) => n)).toEqual(numbers);
    expect(carriedOut).toEqual(numbers);
  });

  it('is answered as the server says, also when it is refused', async () => {
    const { client } = await start();
    expect(await client.request('echo', { n: 'bad', action: 'x', id: 'x' })).toMatchObject({
      success: false,
      n: 'bad',
    });
    expect(await client.request('roflcopter')).toMatchObject({ success: false, comment: 'Unknown Action' });
  });

  it('that is too long for a frame is not sent', async () => {
    const { client } = await start();
    await expect(client.request('echo', { text: 'x'.repeat(32_768) })).rejects.toThrow(InvalidInputError);
    expect(await client.request('echo', { n: 'x'.repeat(32_000) })).toMatchObject({ success: true });
  });

  it('has a time, and those after it are answered', async () => {
    const { client, held, timing } = await start();
    await client.opened;
    const slow = expect(client.request('hold', {}, { timeout: 5_000 })).rejects.toThrow(UnansweredError);
    const next = client.request('echo', { n: 2 });
    await expect.poll(() => held.length, patience).toBe(1);
    timing.advance(5_000);
    await slow;
    held[0]?.();
    expect(await next).toMatchObject({ n: 2 });
  });

  it('that is lost on its way holds up the others no longer than its time', async () => {
    const { client, live, timing, network } = await start();
    await client.request('ping');
    const outcome = client.request('echo', { n: 1 }, { timeout: 5_000 });
    let failed = false;
    live.outside.before = () => {
      failed = true;
      throw new Error('no table today');
    };
    await expect.poll(() => failed, patience).toBe(true);
    live.outside.heal();
    const next = client.request('echo', { n: 2 });
    const lost = expect(outcome).rejects.toThrow(UnansweredError);
    timing.advance(5_000);
    await lost;
    expect(await next).toMatchObject({ n: 2 });
    expect(network.made).toBe(1);
  });

  it('waits for a connection, as long as it may', async () => {
    const { client, network, timing } = await start();
    await client.opened;
    network.refuse(true);
    network.cut();
    await expect.poll(() => client.state, patience).toBe('connecting');
    const late = client.request('echo', { n: 1 }, { timeout: 600_000 });
    const refused = expect(client.request('echo', {}, { timeout: 100 })).rejects.toThrow(NotSentError);
    timing.advance(100);
    await refused;
    network.refuse(false);
    await reconnect({ timing, client });
    expect(await late).toMatchObject({ n: 1 });
  });

  it('on a connection that is lost may have been carried out, and is not sent again', async () => {
    const { client, held, network, timing } = await start();
    await client.opened;
    const request = expect(client.request('hold')).rejects.toThrow(UnansweredError);
    await expect.poll(() => held.length, patience).toBe(1);
    network.cut();
    await request;
    held[0]?.();
    await reconnect({ timing, client });
    await client.request('ping');
    expect(held).toHaveLength(1);
  });
});

describe('a push', () => {
  it('comes to the callback of its action, else to the one for all', async () => {
    const { client, live } = await start();
    const [own, rest]: [unknown[], unknown[]] = [[], []];
    const remove = client.onPush('news', ({ n }, place) => own.push([n, place?.offset]));
    client.onPush('*', ({ n }) => rest.push(n));
    await client.opened;
    await live.manager.send({ action: 'news', n: 1 }, channel);
    await live.manager.send({ action: 'other', n: 2 }, channel);
    await expect.poll(() => rest, patience).toEqual([2]);
    remove();
    await live.manager.send({ action: 'news', n: 3 }, channel);
    await expect.poll(() => rest, patience).toEqual([2, 3]);
    expect(own).toEqual([[1, 1]]);
  });

  it('comes to all who iterate, until they stop', async () => {
    const { client, push } = await start();
    const read = async (count: number) => {
      const all: Received[] = [];
      for await (const received of client.receive()) if (all.push(received) === count) break;
      return all.map((received) => received.type === 'push' && received.message.n);
    };
    const reading = Promise.all([read(2), read(3)]);
    await client.opened;
    for (const n of [1, 2, 3]) await push(n);
    expect(await reading).toEqual([
      [1, 2],
      [1, 2, 3],
    ]);
  });

  it('comes although a callback throws', async () => {
    const { client, push } = await start();
    const thrown: unknown[] = [];
    const later = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((act) => {
      try {
        act();
      } catch (error) {
        thrown.push(error);
      }
    });
    client.onPush('*', () => {
      throw new Error('a fault of the page');
    });
    const received = record(client);
    await client.opened;
    await push(1);
    await expect.poll(() => received, patience).toEqual([1]);
    expect(thrown).toEqual([new Error('a fault of the page')]);
    later.mockRestore();
  });

  it('that was missed comes after the next connection', async () => {
    const { client, network, push, timing, states } = await start();
    const received = record(client);
    await client.opened;
    await push(1);
    await expect.poll(() => received, patience).toEqual([1]);
    network.cut();
    await expect.poll(() => client.state, patience).toBe('connecting');
    await push(2);
    await push(3);
    await reconnect({ timing, client });
    await push(4);
    await expect.poll(() => received, patience).toEqual([1, 2, 3, 4]);
    expect(states).toEqual(['open', 'connecting', 'open']);
  });

  it.each(['a later push', 'a keepalive'])('that the server could not send comes after %s', async (after) => {
    const { client, live, push, timing } = await start();
    const received = record(client);
    await client.request('ping');
    const { post } = live.context.sockets;
    live.context.sockets.post = async () => {
      throw new Error('API Gateway is busy');
    };
    await push(1);
    live.context.sockets.post = post;
    if (after === 'a later push') await push(2);
    else timing.advance(20_000);
    await expect
      .poll(() => {
        if (timing.delays.includes(1_000)) timing.advance(1_000);
        return received;
      }, patience)
      .toEqual(after === 'a later push' ? [1, 2] : [1]);
  });

  it('that the log has no more is received as a gap', async () => {
    const { client, connect, push } = await start();
    await client.opened;
    const { place } = client;
    if (!place) throw new Error('no place');
    for (const n of [1, 2]) await push(n);
    const other = connect({ from: { epoch: 'of another time', offset: 7 } });
    const gaps: unknown[] = [];
    other.onGap((...gap) => gaps.push(gap));
    await other.opened;
    expect(gaps).toEqual([
      [
        { epoch: 'of another time', offset: 7 },
        { ...place, offset: 2 },
      ],
    ]);
  });
});

describe('a connection', () => {
  it('is kept alive', async () => {
    const { client, connections, timing } = await start();
    await client.request('ping');
    const seen = async () => (await connections())[0]?.lastSeenAt ?? 0;
    const before = await seen();
    timing.advance(20_000);
    await expect.poll(seen, patience).toBeGreaterThan(before);
  });

  it('whose other side says nothing any more is replaced', async () => {
    const { client, network, push, timing } = await start();
    const received = record(client);
    await client.opened;
    network.stall();
    await push(1);
    timing.advance(30_000);
    await reconnect({ timing, client });
    await expect.poll(() => received, patience).toEqual([1]);
    expect(network.made).toBe(2);
  });

  it('that the server wants to end is replaced without a break', async () => {
    const { client, connections, held, live, push, timing, states } = await start();
    const received = record(client);
    await client.opened;
    const slow = client.request('hold');
    await expect.poll(() => held.length, patience).toBe(1);
    const [old] = await connections();
    const announcement = { action: 'reconnect', push: true, code: 1001, within: 40 };
    await live.context.sockets.post(old?.connectionId ?? '', JSON.stringify(announcement));
    await expect.poll(() => timing.delays, patience).toContain(10_000);
    await push(1);
    await expect.poll(() => received, patience).toEqual([1]);
    timing.advance(10_000);
    await expect.poll(async () => (await connections()).map(({ state }) => state), patience).toEqual(['open', 'open']);
    await push(2);
    held[0]?.();
    expect(await slow).toMatchObject({ success: true });
    await expect.poll(connections, patience).toHaveLength(1);
    await push(3);
    await expect.poll(() => received, patience).toEqual([1, 2, 3]);
    expect(states).toEqual(['open']);
    expect((await connections())[0]?.connectionId).not.toBe(old?.connectionId);
  });
});

describe('a token', () => {
  it('is renewed before it ends, on the open connection', async () => {
    const timing = new ManualTiming();
    let given = 0;
    const { client, network, shown, valid } = await start({
      timing,
      token: () => ({ token: given++ === 0 ? 'sesame' : 'poppy', expiresAt: timing.now() + 900_000 }),
    });
    valid.add('poppy');
    await client.opened;
    expect(timing.delays).toContain(840_000);
    for (let minute = 0; minute < 14; minute++) {
      for (let third = 0; third < 3; third++) {
        timing.advance(20_000);
        await client.request('ping');
      }
    }
    await expect.poll(() => shown, patience).toEqual(['sesame', 'poppy']);
    expect(network.made).toBe(1);
  });

  it('that is refused when it is new ends the client', async () => {
    const { client } = await start({ token: () => ({ token: 'wrong' }) });
    const reading = expect(client.receive().next()).rejects.toThrow(AuthenticationError);
    await expect(client.opened).rejects.toThrow('The server refuses the token: Expired');
    await reading;
    await expect(client.request('ping')).rejects.toThrow(AuthenticationError);
    expect(client.state).toBe('closed');
  });

  it('for one connection that ends before its first message is replaced by another one', async () => {
    const tokens = ['ended', 'sesame'];
    const { client, shown, timing } = await start({ token: () => ({ token: tokens.shift(), isForOnce: true }) });
    await reconnect({ timing, client });
    await client.opened;
    expect(shown).toEqual(['ended', 'sesame']);
  });

  it('that is revoked is replaced by another one, if there is one', async () => {
    const tokens = ['sesame', 'poppy', 'wrong'];
    const { client, connections, live, shown, timing, valid } = await start({
      token: () => ({ token: tokens.shift() }),
    });
    await client.opened;
    const revoke = async (old: string, next: string) => {
      valid.delete(old);
      valid.add(next);
      const [row] = await connections();
      const { connectionId = '' } = row ?? {};
      await closeConnection(live.context, { connectionId, channel }, closings.revoked);
    };
    await revoke('sesame', 'poppy');
    await reconnect({ timing, client });
    expect(shown).toEqual(['sesame', 'poppy']);
    await revoke('poppy', 'none');
    await expect.poll(() => client.state, patience).toBe('connecting');
    await expect
      .poll(() => {
        timing.advance(500);
        return client.state;
      }, patience)
      .toBe('closed');
    expect(shown).toEqual(['sesame', 'poppy', 'wrong']);
  });

  it('that cannot be had now is asked for again', async () => {
    let asked = 0;
    const { client, timing } = await start({
      async token() {
        asked += 1;
        if (asked === 1) throw new Error('no network');
        return { token: 'sesame' };
      },
    });
    await reconnect({ timing, client });
    expect(asked).toBe(2);
  });
});
