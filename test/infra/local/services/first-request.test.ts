import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readFirstRequest } from '../../../../infra/local/services/first-request.ts';
import { listen } from '../../../../infra/local/services/listen.ts';

const patience = 5_000;
const server = createServer();
let port: number;

beforeAll(async () => {
  port = Number(new URL(await listen(server)).port);
});
afterAll(() => server.close());

async function connection(): Promise<{ client: Socket; accepted: Socket } & Disposable> {
  const client = connect({ host: '127.0.0.1', port, noDelay: true });
  const [accepted] = (await once(server, 'connection')) as [Socket];
  return {
    client,
    accepted,
    [Symbol.dispose]: () => {
      client.destroy();
      accepted.destroy();
    },
  };
}

it('reads a request however it is cut, and leaves what follows', async () => {
  const request = fc.record({ body: fc.string(), next: fc.string(), cuts: fc.array(fc.nat(200), { maxLength: 5 }) });
  await fc.assert(
    fc.asyncProperty(request, async ({ body, next, cuts }) => {
      using ends = await connection();
      const { client, accepted } = ends;
      const head = `POST /a?b=c HTTP/1.1\r\nHost: here\r\nContent-Length: ${Buffer.byteLength(body)}\r\nX-Some:  thing \r\n\r\n`;
      const bytes = Buffer.from(head + body + next);
      const reading = readFirstRequest(accepted, patience);
      const borders = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      for (const [index, border] of borders.entries()) {
        await new Promise((sent) => client.write(bytes.subarray(border, borders[index + 1] ?? border), sent));
        await new Promise(setImmediate);
      }
      client.end();

      const found = await reading;

      expect(found).toMatchObject({ method: 'POST', url: '/a?b=c', headers: { host: 'here', 'x-some': 'thing' } });
      expect(Buffer.from(found?.body ?? []).toString()).toBe(body);
      expect((found?.bytes.toString() ?? '') + (await text(accepted))).toBe(head + body + next);
    }),
    { numRuns: 50 },
  );
});

it.each([
  ['no HTTP', 'hello\r\n\r\n'],
  ['a body without a length', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['a header twice', 'POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
  ['a length that is none', 'POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n'],
  ['too long a body', 'POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n'],
  ['a head without an end', `POST / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`],
  ['half a request', 'POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc'],
])('takes nothing else: %s', async (_, sent) => {
  using ends = await connection();
  ends.client.end(sent);
  expect(await readFirstRequest(ends.accepted, patience)).toBeUndefined();
});

it('does not wait for ever', async () => {
  using ends = await connection();
  ends.client.write('POST / HT');
  expect(await readFirstRequest(ends.accepted, 20)).toBeUndefined();
});
