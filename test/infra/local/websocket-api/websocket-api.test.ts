import { connect as connectSocket } from 'node:net';
import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { logLine } from '../../../../infra/local/api-gateway/access-log.ts';
import { type Frame, frameReader } from '../../../../infra/local/websocket-api/frames.ts';
import { selectRoute } from '../../../../infra/local/websocket-api/routes.ts';
import { ok, refusalOf, useWebSocketApis } from './websocket-fixture.ts';

const serve = useWebSocketApis();

const failed = { message: 'Internal server error', connectionId: expect.any(String), requestId: expect.any(String) };
const messagesOf = (events: { requestContext: { routeKey: string }; body?: string }[]) =>
  events.flatMap(({ body }) => body ?? []);

describe('the route of a message', () => {
  const keys = new Set(['$connect', '$disconnect', '$default', 'join', '1']);

  it.each([
    ['{"action":"join"}', 'join'],
    ['{"action":1}', '1'],
    ['{"action":"leave"}', '$default'],
    ['{"action":null}', '$default'],
    ['{"other":"join"}', '$default'],
    ['{"action":"$connect"}', '$default'],
    ['{"action":"$disconnect"}', '$default'],
    ['"join"', '$default'],
    ['[]', '$default'],
    ['null', '$default'],
    ['join', '$default'],
    ['', '$default'],
  ])('%s is %s', (body, key) => {
    expect(selectRoute(keys, 'action', body)).toBe(key);
  });

  it('is none where there is no default', () => {
    expect(selectRoute(new Set(['join']), 'action', '{"action":"leave"}')).toBeUndefined();
  });
});

describe('the events of a connection', () => {
  it('are those of the handshake, of each message and of the end', async () => {
    const api = await serve();
    const { socket, closed, connectionId } = await api.connect('?room=1&room=2&name=%C3%A6');
    socket.send('{"action":"any","text":"æ"}');
    await vi.waitFor(() => expect(api.events).toHaveLength(2));
    socket.close(1000, 'bye');
    expect(await closed).toMatchObject({ code: 1000 });
    await vi.waitFor(() => expect(api.events).toHaveLength(3));

    const common = {
      apiId: 'api',
      stage: 'live',
      connectionId: expect.stringMatching(/^[\w-]{15}=$/),
      connectedAt: expect.any(Number),
      domainName: '127.0.0.1',
      identity: { sourceIp: '127.0.0.1' },
      messageDirection: 'IN',
      requestId: expect.stringMatching(/=$/),
      extendedRequestId: expect.stringMatching(/=$/),
      requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      requestTimeEpoch: expect.any(Number),
    };
    expect(api.events).toEqual([
      {
        headers: expect.objectContaining({ Host: new URL(api.url).host, Upgrade: 'websocket' }),
        multiValueHeaders: expect.objectContaining({ Host: [new URL(api.url).host] }),
        queryStringParameters: { room: '2', name: 'æ' },
        multiValueQueryStringParameters: { room: ['1', '2'], name: ['æ'] },
        requestContext: { ...common, routeKey: '$connect', eventType: 'CONNECT' },
        isBase64Encoded: false,
      },
      {
        requestContext: {
          ...common,
          routeKey: '$default',
          eventType: 'MESSAGE',
          messageId: expect.stringMatching(/=$/),
        },
        body: '{"action":"any","text":"æ"}',
        isBase64Encoded: false,
      },
      {
        headers: { Host: '127.0.0.1', 'X-Forwarded-For': '127.0.0.1' },
        multiValueHeaders: { Host: ['127.0.0.1'], 'X-Forwarded-For': ['127.0.0.1'] },
        requestContext: {
          ...common,
          routeKey: '$disconnect',
          eventType: 'DISCONNECT',
          disconnectStatusCode: 1000,
          disconnectReason: 'bye',
        },
        isBase64Encoded: false,
      },
    ]);
    expect(new Set(api.events.map(({ requestContext }) => requestContext.connectionId))).toEqual(
      new Set([connectionId]),
    );
  });

  it.each<[string, (socket: import('ws').WebSocket) => void, number, string]>([
    ['a close without a code', (socket) => socket.close(), 1005, 'Client-side close frame status not set'],
    ['a code of its own', (socket) => socket.close(4001), 4001, ''],
    ['a connection that breaks off', (socket) => socket.terminate(), 1006, 'Connection Closed Abnormally'],
  ])('end, after %s, with what the client said', async (_name, end, disconnectStatusCode, disconnectReason) => {
    const api = await serve();
    const { socket } = await api.connect();
    end(socket);
    await vi.waitFor(() => expect(api.events).toHaveLength(2));
    expect(api.events[1]?.requestContext).toMatchObject({ disconnectStatusCode, disconnectReason });
  });

  it('come from the client of Node.js, too', async () => {
    const api = await serve();
    const socket = new globalThis.WebSocket(api.url);
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    socket.send('hello');
    await vi.waitFor(() => expect(messagesOf(api.events)).toEqual(['hello']));
    socket.close(3000, 'done');
    await vi.waitFor(() => expect(api.events[2]?.requestContext).toMatchObject({ disconnectStatusCode: 3000 }));
  });
});

describe('a handshake', () => {
  it('waits for the function, and is refused with its status', async () => {
    for (const statusCode of [401, 403, 500]) {
      const api = await serve(() => ({ statusCode, body: 'not shown' }));
      expect(await refusalOf(api.url)).toMatchObject({ status: statusCode });
      // Nobody was connected, so nobody is disconnected.
      expect(api.events.map(({ requestContext }) => requestContext.routeKey)).toEqual(['$connect']);
    }
  });

  it.each([
    ['fails', new Error('failed')],
    ['gives no status', {}],
    ['gives nothing', null],
    ['gives a field that is unknown', { statusCode: 200, ConnectionId: 'x' }],
  ])('is refused with 502 when the function %s', async (_name, result) => {
    const api = await serve(() => result);
    expect(await refusalOf(api.url)).toEqual({ status: 502, body: failed });
  });

  it('finds nobody to post to before it is over', async () => {
    const posts: unknown[] = [];
    const api = await serve(async ({ requestContext: { connectionId, routeKey } }) => {
      if (routeKey !== '$connect') return ok;
      const post = new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'early' });
      posts.push(await api.management.send(post).catch(({ name }) => name));
      return ok;
    });
    await api.connect();
    expect(posts).toEqual(['GoneException']);
  });

  it('has the subprotocol that the function chose, and no other', async () => {
    const api = await serve(({ requestContext, headers }) => {
      const asked = Object(headers)['Sec-WebSocket-Protocol'];
      const chosen = requestContext.routeKey === '$connect' && asked === 'one,two';
      return { ...ok, ...(chosen && { headers: { 'Sec-WebSocket-Protocol': 'two' } }) };
    });
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(api.url, ['one', 'two']);
    await new Promise((resolve) => socket.on('open', resolve));
    expect(socket.protocol).toBe('two');
    const other = new WebSocket(api.url, ['three']);
    const [error] = await new Promise<[Error]>((resolve) => other.on('error', (...all) => resolve(all)));
    expect(error.message).toBe('Server sent no subprotocol');
  });

  it('is refused at another path, under another name of the machine, and by a URL that is too long', async () => {
    const api = await serve();
    const elsewhere = api.url.replace(/live$/, 'other');
    expect(await refusalOf(elsewhere)).toEqual({ status: 403, body: { message: 'Forbidden' } });
    expect(await refusalOf(api.url, { headers: { host: 'evil.example' } })).toMatchObject({ status: 403 });
    expect(await refusalOf(`${api.url}?${'x'.repeat(4_096)}`)).toMatchObject({ status: 414 });
    expect(api.events).toEqual([]);
    await api.connect(`?${'x'.repeat(4_000)}`);
  });

  it('is refused with 429 when there are too many', async () => {
    const api = await serve(() => ok, { throttle: { rate: 0.001, burst: 2 } });
    await api.connect();
    await api.connect();
    expect(await refusalOf(api.url)).toMatchObject({ status: 429, body: { message: 'Too Many Requests' } });
  });

  it('that is none is answered with 400', async () => {
    const { host, hostname, port } = new URL((await serve()).url);
    const socket = connectSocket(Number(port), hostname);
    socket.write(`GET /live HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n`);
    const answer = await new Promise<string>((resolve) => socket.setEncoding('utf8').once('data', resolve));
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    socket.destroy();
  });
});

describe('a message', () => {
  it('does not wait for the one before', async () => {
    const gates = new Map<string, () => void>();
    const api = await serve(async ({ body }) => {
      if (body !== undefined) await new Promise<void>((resolve) => gates.set(body, resolve));
      return ok;
    });
    const { socket } = await api.connect();
    for (const text of ['first', 'second']) socket.send(text);
    await vi.waitFor(() => expect([...gates.keys()]).toEqual(['first', 'second']));
    for (const open of gates.values()) open();
  });

  it.each([
    ['fails', new Error('failed')],
    ['gives no status', {}],
    ['gives a field that is unknown', { statusCode: 200, Data: 'x' }],
  ])('whose function %s is answered by API Gateway, and the connection stays', async (_name, result) => {
    const api = await serve(({ body }) => (body === 'bad' ? result : ok));
    const { socket, next } = await api.connect();
    socket.send('bad');
    expect(JSON.parse(await next())).toEqual(failed);
    socket.send('good');
    await vi.waitFor(() => expect(messagesOf(api.events)).toEqual(['bad', 'good']));
  });

  it('is not answered with what the function returns, whatever its status', async () => {
    const api = await serve(({ body }) => {
      if (body === 'last') return new Error('the only one that is answered');
      return { statusCode: body === 'bad' ? 500 : 200, body: 'not sent' };
    });
    const { socket, next, received } = await api.connect();
    for (const text of ['bad', 'good', 'last']) socket.send(text);
    await next();
    expect(received.map((text) => JSON.parse(text))).toEqual([failed]);
  });

  it('whose function takes too long is answered, and the function goes on', async () => {
    const api = await serve(({ body }) => (body === undefined ? ok : new Promise(() => {})), { timeout: 50 });
    const { socket, next } = await api.connect();
    socket.send('x');
    expect(JSON.parse(await next())).toMatchObject({ message: 'Endpoint request timed out' });
  });

  it('without a route is forbidden', async () => {
    const api = await serve(() => ok, { routes: ['$connect', '$disconnect', 'join'] });
    const { socket, next } = await api.connect();
    socket.send('{"action":"leave"}');
    expect(JSON.parse(await next())).toEqual({ ...failed, message: 'Forbidden' });
    socket.send('{"action":"join"}');
    await vi.waitFor(() => expect(messagesOf(api.events)).toEqual(['{"action":"join"}']));
  });

  it('beyond what the route takes is refused', async () => {
    const api = await serve(() => ok, { throttle: { rate: 0.001, burst: 2 } });
    const { socket, next } = await api.connect();
    for (const text of ['a', 'b', 'c']) socket.send(text);
    expect(JSON.parse(await next())).toEqual({ ...failed, message: 'Too Many Requests' });
    expect(messagesOf(api.events)).toEqual(['a', 'b']);
  });

  it('beyond the concurrency of Lambda fails', async () => {
    const waiting: (() => void)[] = [];
    const api = await serve(({ body }) => {
      if (body === undefined) return ok;
      return new Promise((resolve) => waiting.push(() => resolve(ok)));
    });
    const { socket, next } = await api.connect();
    for (let client = 0; client < 10; client++) {
      const busy = await api.connect();
      for (let count = 0; count < 100; count++) busy.socket.send('x');
    }
    await expect.poll(() => waiting, { timeout: 20_000 }).toHaveLength(1_000);
    socket.send('x');
    expect(JSON.parse(await next())).toEqual(failed);
    for (const end of waiting) end();
  });

  it('waits while a hundred of its connection are at work, and those of others do not', async () => {
    const waiting: (() => void)[] = [];
    const api = await serve(({ body }) => {
      if (body === undefined || body === 'y') return ok;
      return new Promise((resolve) => waiting.push(() => resolve(ok)));
    });
    const [flood, neighbour] = [await api.connect(), await api.connect()];
    const flooding = Array.from({ length: 1_500 }, (_, count) => `x${count}`);
    for (const text of flooding) flood.socket.send(text);
    await expect.poll(() => waiting).toHaveLength(100);
    neighbour.socket.send('y');
    await expect.poll(() => messagesOf(api.events)).toContain('y');
    expect(waiting).toHaveLength(100);
    for (let ended = 0; ended < flooding.length; ended++) {
      await expect.poll(() => waiting.length, { interval: 1 }).toBeGreaterThan(ended);
      waiting[ended]?.();
    }
    expect(messagesOf(api.events).filter((text) => text !== 'y')).toEqual(flooding);
    expect([flood.received, neighbour.received]).toEqual([[], []]);
  });
});

describe('limits', () => {
  const frame = 32 * 1_024;
  const message = 128 * 1_024;

  it('let a frame of 32 KB and a message of 128 KB through', async () => {
    const api = await serve();
    const { socket } = await api.connect();
    socket.send('x'.repeat(frame));
    for (let part = 1; part <= 4; part++) socket.send('y'.repeat(frame), { fin: part === 4 });
    await vi.waitFor(() => expect(messagesOf(api.events).map(({ length }) => length)).toEqual([frame, message]));
  });

  it.each<[string, (socket: import('ws').WebSocket) => void, number]>([
    ['a frame above 32 KB', (socket) => socket.send('x'.repeat(frame + 1)), 1009],
    [
      'a message above 128 KB',
      (socket) => {
        for (let part = 0; part < 5; part++) socket.send('x'.repeat(part === 4 ? 1 : frame), { fin: part === 4 });
      },
      1009,
    ],
    ['a binary frame', (socket) => socket.send(Buffer.from('x')), 1003],
    ['the first part of a binary message', (socket) => socket.send(Buffer.from('x'), { fin: false }), 1003],
    ['text that is no UTF-8', (socket) => socket.send(Buffer.from([0xff]), { binary: false }), 1007],
    ['a frame that is not masked', (socket) => socket.send('x', { mask: false }), 1002],
  ])('close the connection after %s', async (_name, send, code) => {
    const api = await serve();
    const { socket, closed } = await api.connect();
    send(socket);
    expect(await closed).toMatchObject({ code });
    await vi.waitFor(() => expect(api.events[1]?.requestContext).toMatchObject({ disconnectStatusCode: code }));
    expect(api.events).toHaveLength(2);
  });

  it('let nothing through that follows', async () => {
    const api = await serve();
    const { socket, closed } = await api.connect();
    socket.send('x'.repeat(frame + 1));
    socket.send('after');
    await closed;
    expect(messagesOf(api.events)).toEqual([]);
  });

  describe('of time', () => {
    const minute = 60_000;

    it('are ten minutes without a message in any direction', async () => {
      const api = await serve();
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
      try {
        const { socket, closed, connectionId, received } = await api.connect();
        vi.advanceTimersByTime(9 * minute);
        socket.send('still here');
        await vi.waitFor(() => expect(messagesOf(api.events)).toHaveLength(1));
        vi.advanceTimersByTime(9 * minute);
        await api.management.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'so am I' }));
        // Control frames are no messages.
        const pong = new Promise((resolve) => socket.once('pong', resolve));
        vi.advanceTimersByTime(10 * minute - 1);
        socket.ping();
        await pong;
        expect(received).toEqual(['so am I']);
        vi.advanceTimersByTime(1);
        expect(await closed).toEqual({ code: 1001, reason: 'Going away' });
        expect(api.events.at(-1)?.requestContext).toMatchObject({
          disconnectStatusCode: 1001,
          disconnectReason: 'Going away',
        });
      } finally {
        vi.useRealTimers();
      }
    });

    it('are two hours in all', async () => {
      const api = await serve();
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
      try {
        const { socket, closed } = await api.connect();
        for (let passed = 9; passed < 120; passed += 9) {
          vi.advanceTimersByTime(9 * minute);
          socket.send(String(passed));
          await vi.waitFor(() => expect(messagesOf(api.events).at(-1)).toBe(String(passed)));
        }
        expect(socket.readyState).toBe(socket.OPEN);
        vi.advanceTimersByTime(3 * minute);
        expect(await closed).toEqual({ code: 1001, reason: 'Going away' });
      } finally {
        vi.useRealTimers();
      }
    });

    it('are shorter where a test asks for that', async () => {
      const api = await serve(() => ok, { limits: { idle: 30 } });
      const { closed } = await api.connect();
      expect(await closed).toMatchObject({ code: 1001 });
    });
  });

  it('of frames are read from bytes however they come', () => {
    const lengths = fc.oneof(fc.nat(130), fc.constantFrom(125, 126, 127, 65_535, 65_536), fc.nat(70_000));
    const frames = fc.array(
      fc.record({ opcode: fc.constantFrom(0, 1, 2, 8, 9), length: lengths, masked: fc.boolean(), fin: fc.boolean() }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1 }), (made, pieces) => {
        const bytes = Buffer.concat(made.map(encode));
        const read = frameReader();
        const found: Frame[] = [];
        for (let start = 0, turn = 0; start < bytes.length; turn++) {
          const end = start + (pieces[turn % pieces.length] ?? 1);
          found.push(...read(bytes.subarray(start, end)));
          start = end;
        }
        expect(found).toEqual(made.map(({ opcode, length }) => ({ opcode, length })));
      }),
      { numRuns: 200 },
    );
  });

  interface MadeFrame extends Frame {
    masked: boolean;
    fin: boolean;
  }

  /** RFC 6455, section 5.2. */
  function encode({ opcode, length, masked, fin }: MadeFrame): Buffer {
    const mask = masked ? 0x80 : 0;
    const first = opcode | (fin ? 0x80 : 0);
    const header =
      length < 126
        ? Buffer.from([first, mask | length])
        : length < 65_536
          ? Buffer.from([first, mask | 126, length >> 8, length & 0xff])
          : Buffer.concat([Buffer.from([first, mask | 127, 0, 0, 0, 0]), uint32(length)]);
    return Buffer.concat([header, Buffer.alloc((masked ? 4 : 0) + length, 0x81)]);
  }

  function uint32(value: number): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  }
});

describe('the access log', () => {
  it('has a line for each request, without what clients send', async () => {
    const api = await serve(({ body }) => (body?.includes('bad') ? new Error('failed') : ok));
    const { socket, next } = await api.connect('?token=hidden');
    socket.send('{"action":"auth","token":"hidden bad"}');
    await next();
    socket.close(1000, 'hidden');
    await vi.waitFor(() => expect(api.entries).toHaveLength(3));
    const format = JSON.stringify({
      event: '$context.eventType',
      route: '$context.routeKey',
      connection: '$context.connectionId',
      status: '$context.status',
      address: '$context.identity.sourceIp',
    });
    const line = { connection: expect.stringMatching(/=$/), address: '127.0.0.1' };
    expect(api.entries.map((entry) => JSON.parse(logLine(format, entry)))).toEqual([
      { ...line, event: 'CONNECT', route: '$connect', status: '200' },
      { ...line, event: 'MESSAGE', route: '$default', status: '502' },
      { ...line, event: 'DISCONNECT', route: '$disconnect', status: '200' },
    ]);
    expect(JSON.stringify(api.entries)).not.toContain('hidden');
  });
});

describe('at its end', () => {
  it('the API closes all connections and takes no new ones, and no function hears of it', async () => {
    const api = await serve();
    const clients = await Promise.all([api.connect(), api.connect(), api.connect()]);
    await api.stop();
    for (const { closed } of clients) expect(await closed).toEqual({ code: 1001, reason: 'Going away' });
    expect(await refusalOf(api.url)).toMatchObject({ status: 503 });
    expect(api.events.map(({ requestContext }) => requestContext.routeKey)).toEqual(Array(3).fill('$connect'));
  });

  it('the API does not wait for a client that says nothing', async () => {
    const api = await serve();
    const { host, hostname, port } = new URL(api.url);
    const socket = connectSocket(Number(port), hostname);
    const handshake = ['connection: upgrade', 'upgrade: websocket', 'sec-websocket-version: 13'];
    const lines = [`host: ${host}`, ...handshake, `sec-websocket-key: ${Buffer.alloc(16).toString('base64')}`];
    socket.write(`GET /live HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    const closed = new Promise((resolve) => socket.on('close', resolve).resume());
    await api.stop();
    await closed;
  });
});
