import { request as rawRequest } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../../infra/local/api-gateway/access-log.ts';
import { logLine } from '../../../../infra/local/api-gateway/access-log.ts';
import { tokenBucket } from '../../../../infra/local/api-gateway/throttle.ts';
import { createRouter } from '../../../../infra/local/http-api/routes.ts';
import { type HttpApi, startHttpApi } from '../../../../infra/local/http-api/server.ts';
import type { HttpApiDescription } from '../../../../infra/local/http-api/template.ts';
import type { InvocationResult } from '../../../../infra/local/lambda/host.ts';

const started: HttpApi[] = [];
afterEach(async () => {
  for (const api of started.splice(0)) await api[Symbol.asyncDispose]();
});

const entries: LogEntry[] = [];

/** An API whose function answers as a test says. */
async function serve(
  answer: (event: Record<string, unknown>) => unknown = (event) => event,
  { routes = ['ANY /{proxy+}'], ...changes }: { routes?: string[] } & Partial<Omit<HttpApiDescription, 'routes'>> = {},
  { timeout = 30_000, throttle = { rate: 1_000, burst: 1_000 } } = {},
): Promise<string> {
  const description = {
    id: 'api',
    cors: undefined,
    logFormat: '',
    ...changes,
    routes: routes.map((key) => ({ key, function: `f ${key}`, timeout, throttle })),
  };
  const invoke = async (id: string, event: object): Promise<InvocationResult> => {
    const result = await answer({ ...event, id });
    if (result instanceof Error) {
      const functionError = { errorType: result.name, errorMessage: result.message };
      return { requestId: 'r', payload: JSON.stringify(functionError), functionError };
    }
    return { requestId: 'r', payload: JSON.stringify(result ?? null) };
  };
  const api = await startHttpApi(description, { invoke, onRequest: (entry) => void entries.push(entry) });
  started.push(api);
  return api.url;
}

async function get(url: string, init: RequestInit = {}) {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: Object.fromEntries(response.headers), text };
}

describe('a route', () => {
  const choose = (keys: string[], method: string, path: string) =>
    createRouter(keys.map((key) => ({ key })))(method, path);

  // Developer guide, "Create routes for HTTP APIs": "Routing API requests".
  const documented = ['GET /pets/dog/1', 'GET /pets/dog/{id}', 'GET /pets/{proxy+}', 'ANY /{proxy+}', '$default'];

  it.each([
    ['GET', '/pets/dog/1', 'GET /pets/dog/1', {}],
    ['GET', '/pets/dog/2', 'GET /pets/dog/{id}', { id: '2' }],
    ['GET', '/pets/cat/1', 'GET /pets/{proxy+}', { proxy: 'cat/1' }],
    ['POST', '/test/5', 'ANY /{proxy+}', { proxy: 'test/5' }],
  ])('for %s %s is %s', (method, path, key, parameters) => {
    for (const keys of [documented, documented.toReversed()])
      expect(choose(keys, method, path)).toEqual({ route: { key }, parameters });
  });

  it.each([
    [['GET /a/{id}', 'GET /a/b/{proxy+}'], 'GET', '/a/b', 'GET /a/{id}'],
    [['ANY /a/b/c', 'GET /a/b/{proxy+}'], 'GET', '/a/b/c', 'ANY /a/b/c'],
    [['ANY /a/{x}/c', 'ANY /a/b/{proxy+}'], 'GET', '/a/b/c', 'ANY /a/{x}/c'],
    [['ANY /a', 'POST /a'], 'POST', '/a', 'POST /a'],
    [['ANY /a/{proxy+}', 'ANY /a'], 'GET', '/a/', 'ANY /a/{proxy+}'],
    [['ANY /a/{proxy+}', '$default'], 'GET', '/b', '$default'],
    [['ANY /a/{proxy+}'], 'GET', '/a', undefined],
    [['ANY /a/{id}'], 'GET', '/a/', undefined],
    [['GET /a'], 'POST', '/a', undefined],
  ])('of %j for %s %s is %s', (keys, method, path, key) => {
    expect(choose(keys, method, path)?.route.key).toBe(key);
  });
});

describe('the event', () => {
  it('has payload format 2.0', async () => {
    const url = await serve();
    const { text } = await get(`${url}/a%20b/c?x=1&y=2&x=%C3%A6`, {
      method: 'POST',
      headers: { 'X-One': 'a', cookie: 'c=1; d=2', 'content-type': 'application/json', 'user-agent': 'test' },
      body: '{"a":"æ"}',
    });
    expect(JSON.parse(text)).toMatchObject({
      version: '2.0',
      id: 'f ANY /{proxy+}',
      routeKey: 'ANY /{proxy+}',
      rawPath: '/a b/c',
      rawQueryString: 'x=1&y=2&x=%C3%A6',
      cookies: ['c=1', 'd=2'],
      headers: { 'x-one': 'a', host: expect.stringMatching(/^127/), 'content-length': '10' },
      queryStringParameters: { x: '1,æ', y: '2' },
      pathParameters: { proxy: 'a b/c' },
      requestContext: {
        accountId: '000000000000',
        apiId: 'api',
        http: { method: 'POST', path: '/a b/c', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
        requestId: expect.stringMatching(/^[\w+/]{15}=$/),
        routeKey: 'ANY /{proxy+}',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      body: '{"a":"æ"}',
      isBase64Encoded: false,
    });
    expect(JSON.parse(text).headers).not.toHaveProperty('cookie');
  });

  it('joins repeated headers by commas', async () => {
    const url = await serve();
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    rawRequest(url, {
      headers: ['host', new URL(url).host, 'Token', 'a', 'token', 'b', 'Authorization', 'x', 'authorization', 'y'],
    })
      .on('response', (response) => response.setEncoding('utf8').on('data', resolve))
      .on('error', reject)
      .end();
    expect(JSON.parse(await promise).headers).toMatchObject({ token: 'a,b', authorization: 'x,y' });
  });

  it.each([
    ['application/json', false],
    ['text/csv; charset=utf-8', false],
    ['application/xml', false],
    ['application/octet-stream', true],
    ['multipart/form-data; boundary=x', true],
  ])('has a body of %s in base64: %s', async (type, isBase64Encoded) => {
    const url = await serve();
    const { text } = await get(url, { method: 'POST', headers: { 'content-type': type }, body: 'abc' });
    expect(JSON.parse(text)).toMatchObject({ isBase64Encoded, body: isBase64Encoded ? 'YWJj' : 'abc' });
  });

  it('has no body, query, cookies and parameters where there are none', async () => {
    const url = await serve(undefined, { routes: ['GET /a'] });
    const event = JSON.parse((await get(`${url}/a`)).text);
    for (const name of ['body', 'queryStringParameters', 'cookies', 'pathParameters'])
      expect(event).not.toHaveProperty(name);
    expect(event).toMatchObject({ rawQueryString: '', isBase64Encoded: false });
  });
});

describe('the answer', () => {
  it.each<[unknown, number, string, string]>([
    [{ a: 1 }, 200, 'application/json', '{"a":1}'],
    ['Hello from Lambda!', 200, 'application/json', 'Hello from Lambda!'],
    [{ statusCode: 201, body: 'x' }, 201, 'text/plain;charset=UTF-8', 'x'],
    [{ statusCode: '202', headers: { 'Content-Type': 'a/b' }, body: 'x' }, 202, 'a/b', 'x'],
    [
      { statusCode: 200, headers: { 'content-type': 'image/png' }, body: 'YWJj', isBase64Encoded: true },
      200,
      'image/png',
      'abc',
    ],
  ])('of %j is %d, %s, %s', async (result, status, type, body) => {
    const answer = await get(await serve(() => result));
    expect(answer).toMatchObject({ status, text: body, headers: { 'content-type': type } });
    expect(answer.headers['apigw-requestid']).toMatch(/=$/);
  });

  it('sets each cookie by a header', async () => {
    const url = await serve(() => ({ statusCode: 200, cookies: ['a=1; Secure', 'b=2'] }));
    expect((await fetch(url)).headers.getSetCookie()).toEqual(['a=1; Secure', 'b=2']);
  });

  it.each<unknown>([
    { statusCode: 'x' },
    { statusCode: 200, body: { a: 1 } },
    { statusCode: 200, headers: { a: {} } },
    new Error('failed'),
  ])('is 500 when the function returns %j', async (result) => {
    expect(await get(await serve(() => result))).toMatchObject({
      status: 500,
      text: '{"message":"Internal Server Error"}',
      headers: { 'apigw-requestid': expect.any(String) },
    });
  });

  it('is 503 when the function takes longer than the integration may', async () => {
    const url = await serve(() => new Promise(() => {}), {}, { timeout: 50 });
    expect(await get(url)).toMatchObject({ status: 503, text: '{"message":"Service Unavailable"}' });
  });
});

describe('the gateway itself', () => {
  it('answers 404 where there is no route, and 400 to a path that can not be decoded', async () => {
    const url = await serve(undefined, { routes: ['GET /a'] });
    expect(await get(`${url}/b`)).toMatchObject({ status: 404, text: '{"message":"Not Found"}' });
    expect(await get(`${url}/%zz`)).toMatchObject({ status: 400, text: '{"message":"Bad Request"}' });
  });

  it('answers 403 to a name that is not of this machine', async () => {
    const url = await serve();
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    rawRequest(url, { headers: { host: 'evil.example' } })
      .on('response', (response) => resolve(response.resume().statusCode))
      .end();
    expect(await promise).toBe(403);
  });

  it('takes bodies of 10 MB at most, and of 6 MB for a function', async () => {
    const url = await serve(() => ({ statusCode: 200 }));
    const post = (size: number) => get(url, { method: 'POST', body: 'x'.repeat(size) });
    expect(await post(5 * 2 ** 20)).toMatchObject({ status: 200 });
    expect(await post(7 * 2 ** 20)).toMatchObject({ status: 413, text: '{"message":"Request Entity Too Large"}' });
    expect(await post(11 * 2 ** 20)).toMatchObject({ status: 413 });
  });

  it('answers 431 to more than 10,240 bytes of headers', async () => {
    const url = new URL(await serve());
    const socket = connect(Number(url.port), url.hostname);
    socket.write(`GET / HTTP/1.1\r\nhost: ${url.host}\r\nx: ${'x'.repeat(11_000)}\r\n\r\n`);
    const { promise, resolve } = Promise.withResolvers<string>();
    socket.setEncoding('utf8').once('data', resolve);
    expect(await promise).toMatch(/^HTTP\/1.1 431 /);
    socket.destroy();
  });

  it('lets through what the throttling of a route lets through', async () => {
    const url = await serve(() => 'x', {}, { throttle: { rate: 0.001, burst: 3 } });
    const all = await Promise.all(Array.from({ length: 5 }, () => get(url)));
    expect(all.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429]);
    expect(all.find(({ status }) => status === 429)?.text).toBe('{"message":"Too Many Requests"}');
  });

  it('fills its buckets with the rate, up to the burst', () => {
    let now = 0;
    const take = tokenBucket({ rate: 2, burst: 3 }, () => now);
    const taken = () => Array.from({ length: 5 }, take).filter(Boolean).length;
    expect(taken()).toBe(3);
    now += 500;
    expect(taken()).toBe(1);
    now += 60_000;
    expect(taken()).toBe(3);
  });
});

describe('CORS', () => {
  const cors = {
    AllowOrigins: ['https://one.example'],
    AllowMethods: ['*'],
    AllowHeaders: ['token'],
    ExposeHeaders: ['retry-after'],
    MaxAge: 60,
  };
  const preflight = (origin: string) => ({
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'PUT' },
  });

  it('is answered by the gateway, whatever the function says', async () => {
    const url = await serve(() => ({ statusCode: 200, headers: { 'Access-Control-Allow-Origin': '*' } }), { cors });
    expect(await get(url, preflight('https://one.example'))).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': 'https://one.example',
        'access-control-allow-methods': '*',
        'access-control-allow-headers': 'token',
        'access-control-max-age': '60',
      },
    });
    expect((await get(url, preflight('https://two.example'))).headers).not.toHaveProperty(
      'access-control-allow-origin',
    );
    const [one, two] = await Promise.all(
      ['one', 'two'].map((name) => get(url, { headers: { origin: `https://${name}.example` } })),
    );
    expect(one?.headers).toMatchObject({ 'access-control-allow-origin': 'https://one.example' });
    expect(two?.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('is the function’s own where the API has none', async () => {
    const url = await serve((event) => event.routeKey);
    expect(await get(url, preflight('https://one.example'))).toMatchObject({ status: 200, text: 'ANY /{proxy+}' });
  });
});

describe('the access log', () => {
  it('has a line for each request, those refused too, with the variables of the format', async () => {
    entries.length = 0;
    const url = await serve(() => 'ok');
    await get(`${url}/secret?token=hidden`, { headers: { token: 'hidden' } });
    await get(`${url}/%zz`);
    const format =
      '{"id":"$context.requestId","route":"$context.routeKey","status":"$context.status","e":"$context.error.message"}';
    const lines = entries.map((entry) => JSON.parse(logLine(format, entry)));
    expect(lines).toEqual([
      { id: expect.stringMatching(/=$/), route: 'ANY /{proxy+}', status: '200', e: '-' },
      { id: expect.stringMatching(/=$/), route: '-', status: '400', e: '-' },
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/hidden|secret/);
    expect(() => logLine('$context.path', { requestId: '', apiId: '', at: 0, method: '' })).toThrow(/context\.path/);
  });
});
