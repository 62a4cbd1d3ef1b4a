import { createServer as createTcpServer } from 'node:net';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { systemClock } from '../../shared/platform/time.ts';
import { createPortal } from '../../shared/portal/client.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import { problemText } from '../../shared/portal/redact.ts';
import { retryAfterOf, retryDelay } from '../../shared/portal/retries.ts';
import { always, apiKey, caught, servePortal } from './server.ts';

const access = { accessIdentifier: 'a', loginName: 'u', oneTimePassword: 'One time/<pass>"1' };

describe('the base URL', () => {
  const open = (baseUrl: string) => () => createPortal({ baseUrl, apiKey: async () => apiKey, clock: systemClock });

  it.each([
    'http://portal.example/api',
    'http://127.0.0.1.example/api',
    'ftp://127.0.0.1/',
    'portal.example',
    'https://user:password@portal.example/',
    'https://portal.example/?key=1',
    'https://portal.example/#a',
  ])('is not %s', (baseUrl) => {
    expect(open(baseUrl)).toThrow(ConfigurationError);
  });

  it.each([
    'https://portal.example',
    'https://portal.example/HPCApi/',
    'http://localhost:1',
    'http://127.0.0.2',
    'http://[::1]:1',
  ])('may be %s', (baseUrl) => {
    expect(open(baseUrl)).not.toThrow();
  });
});

describe('the API key', () => {
  it('is asked for every request', async () => {
    let count = 0;
    const { portal, requests } = await servePortal(always(200), { apiKey: async () => `key-${++count}` });
    await portal.markMessage('a');
    await portal.markMessage('a');
    expect(requests.map(({ headers }) => headers['x-api-key'])).toEqual(['key-1', 'key-2']);
  });

  it.each(['', 'two\nlines', 'nøgle'])(
    'that no header can hold (%j) is a configuration error that does not repeat it',
    async (key) => {
      const { portal } = await servePortal(always(200), { apiKey: async () => key });
      const error = await caught(portal.markMessage('a'));
      expect(error).toBeInstanceOf(ConfigurationError);
      if (key) expect(inspect(error)).not.toContain(key);
    },
  );

  it.each([
    ['as it is', (secret: string) => secret],
    ['in ErrorDetails', (secret: string) => JSON.stringify({ statusCode: 500, message: `bad ${secret} here` })],
    ['in ProblemDetails', (secret: string) => JSON.stringify({ title: 'bad', detail: secret, instance: secret })],
    [
      'in a page',
      (secret: string) => `<html><b>${secret.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)}</b></html>`,
    ],
    ['percent-encoded', encodeURIComponent],
    ['after a long text', (secret: string) => `<p>${'<b>'.repeat(5_455)}${secret}${secret}`],
  ])('and the password are in no error, when the portal answers with them %s', async (_how, repeat) => {
    const { portal } = await servePortal(always(500, repeat(apiKey) + repeat(access.oneTimePassword)));
    for (const [secret, call] of [
      [apiKey, portal.markMessage('a')],
      [access.oneTimePassword, portal.createUserAccess(access)],
      [access.oneTimePassword, portal.resetPassword('a', access.oneTimePassword)],
    ] as const) {
      const text = inspect(await caught(call), { depth: 10 });
      expect(text).toContain('500');
      for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) {
        expect(text).not.toContain(form);
        expect(text).not.toContain(form.slice(0, -3));
      }
    }
  });

  it('is in no error about a broken answer', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${apiKey}\r\n\r\n`));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const portal = createPortal({
      baseUrl: `http://127.0.0.1:${port}`,
      apiKey: async () => apiKey,
      clock: systemClock,
    });
    const error = await caught(portal.markMessage('a'));
    server.close();
    expect(error).toMatchObject({ retryable: true });
    expect(inspect(error, { depth: 10 })).not.toContain(apiKey);
  });
});

describe('a redirect', () => {
  it('is not followed, to wherever it leads', async () => {
    const elsewhere = await servePortal(always(200));
    const { portal, requests } = await servePortal((_request, response) => {
      response.writeHead(307, { location: `${elsewhere.origin}/${apiKey}` }).end();
    });
    const error = await caught(portal.markMessage('a'));
    expect(error).toMatchObject({ status: 307, retryable: false });
    expect(inspect(error)).not.toContain(apiKey);
    expect(requests).toHaveLength(1);
    expect(elsewhere.requests).toHaveLength(0);
  });
});

describe('connections', () => {
  it('are used again, whatever the answer', async () => {
    const statuses = [200, 400, 500, 404, 403, 200];
    const { portal, requests, sockets } = await servePortal((request, response, count) => {
      request.on('end', () => response.writeHead(statuses[count % statuses.length] ?? 200).end('x'.repeat(5_000)));
      request.resume();
    });
    for (let index = 0; index < 12; index++) await caught(portal.markMessage(`${index}`));
    expect(requests).toHaveLength(12);
    // The second request may come before the pool has taken the first connection back.
    expect(sockets.size).toBeLessThanOrEqual(2);
  });

  it('are bounded', async () => {
    const { portal, sockets } = await servePortal(always(200));
    await Promise.all(Array.from({ length: 100 }, (_, index) => portal.markMessage(`${index}`)));
    expect(sockets.size).toBeLessThanOrEqual(16);
  });

  it('that the portal has closed meanwhile cost no error', async () => {
    const { portal, requests } = await servePortal((request, response, count) => {
      if (count === 2) return void request.socket.destroy();
      response.end();
    });
    expect(await portal.markMessage('a')).toBe('marked');
    expect(await portal.markMessage('b')).toBe('marked');
    expect(requests.map(({ url }) => url.at(-1))).toEqual(['a', 'b', 'b']);
  });

  it('that can’t be made are an error worth a retry', async () => {
    const { portal, server } = await servePortal(always(200));
    server.close();
    expect(await caught(portal.markMessage('a'))).toMatchObject({ retryable: true, status: undefined });
  });
});

describe('an answer that does not come', () => {
  it('ends a small call after its total time, however often it is tried', async () => {
    const { portal } = await servePortal(() => {}, { timeouts: { total: 60 } });
    expect(await caught(portal.markMessage('a'))).toMatchObject({
      retryable: true,
      message: expect.stringContaining('in the time given'),
    });
  });

  it('ends a download at the limit for its headers, but not while its body goes on', async () => {
    const { portal } = await servePortal(() => {}, { timeouts: { firstByte: 60 } });
    expect(await caught(portal.downloadFile('f'))).toMatchObject({ retryable: true });
  });

  it('leaves the status of a refusal whose words stall', async () => {
    const { portal } = await servePortal(
      (_request, response) => void response.writeHead(403, { 'content-length': '100' }).write('begun'),
      { timeouts: { firstByte: 500 } },
    );
    expect(await caught(portal.downloadFile('f'))).toMatchObject({ status: 403, retryable: true });
  });
});

describe('a busy portal', () => {
  it.each([429, 502, 503, 504])('is asked again at once, a few times (%i)', async (status) => {
    const { portal, requests } = await servePortal((_request, response, count) => {
      response.writeHead(count < 3 ? status : 200, { 'retry-after': '0' }).end();
    });
    expect(await portal.markMessage('a')).toBe('marked');
    expect(requests).toHaveLength(3);
  });

  it('that stays busy, or says that it will, is left alone', async () => {
    const busy = await servePortal(always(503));
    expect(await caught(busy.portal.markMessage('a'))).toMatchObject({ status: 503, retryable: true });
    expect(busy.requests).toHaveLength(3);
    const longer = await servePortal(
      (_request, response) => void response.writeHead(429, { 'retry-after': '120' }).end(),
    );
    expect(await caught(longer.portal.markMessage('a'))).toMatchObject({ status: 429, retryAfter: 120_000 });
    expect(longer.requests).toHaveLength(1);
  });

  it('is not asked again when it failed (500)', async () => {
    const { portal, requests } = await servePortal(always(500));
    await caught(portal.createUserAccess(access));
    expect(requests).toHaveLength(1);
  });
});

describe('retryAfterOf and retryDelay', () => {
  const failure = (retryAfter?: number) => new PortalError({ call: 'c', problem: 'p', retryable: true, retryAfter });

  it('read seconds and dates', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    expect(retryAfterOf(503, '2', now)).toBe(2_000);
    expect(retryAfterOf(503, 'Thu, 01 Jan 2026 00:00:01 GMT', now)).toBe(1_000);
    expect(retryAfterOf(503, 'Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0);
    expect(retryAfterOf(503, 'soon', now)).toBe(0);
    expect(retryAfterOf(500, '2', now)).toBeUndefined();
  });

  it('wait as long as was asked and a little longer, or not at all', () => {
    const few = fc.integer({ min: 0, max: 5_000 });
    fc.assert(
      fc.property(
        few,
        fc.integer({ min: 1, max: 5 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (wait, attempt, random) => {
          const delay = retryDelay(failure(wait), attempt, random);
          if (wait > 2_000 || attempt > 2) expect(delay).toBeUndefined();
          else expect((delay ?? 0) - wait).toSatisfy((jitter: number) => jitter >= 50 && jitter <= 200);
        },
      ),
    );
    expect(retryDelay(failure(), 1, 0)).toBeUndefined();
    expect(retryDelay(new Error('x'), 1, 0)).toBeUndefined();
  });
});

describe('problemText', () => {
  it.each([
    ['ErrorDetails', '{"statusCode":400,"message":"Already  marked\\u0000\\n\\u202eno"}', 'Already marked no'],
    [
      'ProblemDetails',
      '{"type":"t","title":"Unsupported","detail":"Use another","status":415}',
      'Unsupported Use another',
    ],
    [
      'a page',
      '<html><style>b{}</style><script>x()</script><h1>Not&nbsp;here</h1> &lt;nginx&gt;</html>',
      'Not here <nginx>',
    ],
    ['text', ' plain\u001b[31m text ', 'plain [31m text'],
    ['JSON of another kind', '[1,2]', '[1,2]'],
    ['nothing', '', ''],
  ])('reads %s', (_what, body, text) => {
    expect(problemText(body, [])).toBe(text);
  });

  it('is one short line without the secret, whatever comes', () => {
    const secret = 'S3cr&t"<x>';
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(secret, JSON.stringify(secret), '<b>', '\0', '\ud83d'),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const text = problemText(parts.join(''), [secret]);
        expect(text.length).toBeLessThanOrEqual(200);
        expect(text).not.toContain(secret);
        expect(text).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect(text.isWellFormed()).toBe(true);
      }),
    );
  });
});
