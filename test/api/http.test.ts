import {
  DynamoDBServiceException,
  InternalServerError,
  ProvisionedThroughputExceededException,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { anyone, callerWho, holderOf, signedIn } from '../../shared/api/access.ts';
import { answer } from '../../shared/api/answer.ts';
import { http } from '../../shared/api/http.ts';
import { routesOf } from '../../shared/api/route.ts';
import { TransientError } from '../../shared/platform/errors.ts';
import { eventOf, requestId, send, type TestRequest } from './requests.ts';

const route = routesOf<{ done: unknown[] }>();
const done = { description: 'Done', body: z.unknown() };
const accounts: Record<string, { permissions: string[]; mustChangePassword: boolean; mustAddFactor?: boolean }> = {
  bob: { permissions: [], mustChangePassword: false },
  eve: { permissions: ['admin'], mustChangePassword: false },
  new: { permissions: ['admin'], mustChangePassword: true, mustAddFactor: true },
  single: { permissions: ['admin'], mustChangePassword: false, mustAddFactor: true },
};
const register = z.object({
  username: z.string(),
  autoGeneratePassword: z.boolean(),
  email: z.string(),
  details: z.object({ tags: z.array(z.string()) }).optional(),
});

const denied = { message: 'secret text', $metadata: { httpStatusCode: 400 } };
/** Faults of handlers: the first two last, the others pass. */
const faults = [
  new Error('secret text'),
  new DynamoDBServiceException({ ...denied, name: 'AccessDeniedException', $fault: 'client' }),
  new TransientError('slow'),
  new ProvisionedThroughputExceededException({ message: 'slow', $metadata: { httpStatusCode: 400 } }),
  new InternalServerError({ message: 'lost', $metadata: { httpStatusCode: 500 } }),
  Object.assign(new Error('no answer'), { name: 'TimeoutError' }),
];

const routes = [
  route({
    method: 'GET',
    path: '/things/{name}',
    summary: 'Reads',
    access: callerWho('The account itself.', (caller, { name }) => caller.name === name),
    parameters: z.object({ name: z.string() }),
    query: z.object({ fetch: z.coerce.number().optional() }),
    answers: { 200: done },
    handler: async ({ parameters, query, caller }) => answer(200, { ...parameters, ...query, caller: caller.name }),
  }),
  route({
    method: 'GET',
    path: '/pages',
    summary: 'Lists',
    access: callerWho('Everybody.', () => true),
    query: z.object({ order: z.enum(['first', 'last']) }),
    answers: { 200: done },
    handler: async ({ query }) => answer(200, query),
  }),
  route({
    method: 'POST',
    path: '/things',
    summary: 'Creates',
    access: holderOf('admin'),
    body: register,
    answers: { 201: done },
    async handler({ body }, { done }) {
      done.push(body);
      return answer(201, body);
    },
  }),
  route({
    method: 'POST',
    path: '/open',
    summary: 'Takes anything',
    access: anyone,
    anyContentType: true,
    body: z.record(z.string(), z.unknown()),
    invalidBody: answer(400, { detail: 'Incomplete request form' }),
    answers: { 200: done },
    handler: async ({ body, address }) => answer(200, { body, address }, { 'retry-after': '3' }),
  }),
  route({
    method: 'DELETE',
    path: '/things/{name}',
    summary: 'Ignores bodies',
    access: signedIn,
    beforePasswordChange: true,
    answers: { 204: done },
    handler: async () => answer(204, undefined),
  }),
  route({
    method: 'POST',
    path: '/factors',
    summary: 'Adds a second factor',
    access: signedIn,
    beforeSecondFactor: true,
    answers: { 204: done },
    handler: async () => answer(204, undefined),
  }),
  route({
    method: 'GET',
    path: '/long/{length}',
    summary: 'Answers a long text',
    access: anyone,
    parameters: z.object({ length: z.coerce.number() }),
    query: z.object({ character: z.string() }),
    answers: { 200: done },
    handler: async ({ parameters, query }) => answer(200, query.character.repeat(parameters.length)),
  }),
  ...faults.map((error, index) =>
    route({
      method: 'GET',
      path: `/fails/${index}`,
      summary: 'Fails',
      access: anyone,
      answers: { 200: done },
      handler: () => Promise.reject(error),
    }),
  ),
];

function setUp() {
  const lines: unknown[][] = [];
  const note = (...line: unknown[]) => void lines.push(line);
  const log = { debug: note, info: note, warn: note, error: note, appendKeys: note, resetKeys: () => {} };
  const things: unknown[] = [];
  const handler = http(
    {
      clock: { now: () => 0 },
      log,
      done: things,
      async authenticate(token) {
        const account = accounts[token.replace(/^token-/, '')];
        const caller = { name: token.slice(6), session: 's', mustAddFactor: false };
        return token.startsWith('token-') && account ? { ...caller, ...account } : undefined;
      },
    },
    routes,
  );
  return { lines, things, handler, ask: (request: TestRequest) => send(handler, request) };
}

const json = { 'content-type': 'application/json' };
const whole = { username: 'bob', autoGeneratePassword: true, email: 'bob@example.org' };

describe('a request', () => {
  const { ask } = setUp();

  it.each([
    ['GET', '/nope', 404, { error: 'The current endpoint cannot be found on the server' }],
    ['GET', '/things/', 405, { error: 'Method not allowed for this endpoint' }],
    ['PATCH', '/things/bob', 405, { error: 'Method not allowed for this endpoint' }],
    ['HEAD', '/things/bob/', 405, { error: 'Method not allowed for this endpoint' }],
    ['GET', '/things/a/b', 404, expect.anything()],
    ['GET', '//things/bob', 404, expect.anything()],
  ])('%s %s is refused before its token is looked at', async (method, path, status, body) => {
    expect(await ask({ method, path })).toMatchObject({ status, body });
  });

  it('with another method is told which ones there are', async () => {
    expect((await ask({ method: 'PUT', path: '/things/bob' })).headers.allow).toBe('GET, DELETE');
  });

  it.each<[string, Record<string, string>]>([
    ['no header', {}],
    ['an empty one', { token: ' ' }],
    ['a scheme alone', { authorization: 'Bearer ' }],
  ])('without a token, by %s, gets 400', async (_, headers) => {
    const body = { error: 'Access Denied', message: 'No token header' };
    expect(await ask({ method: 'GET', path: '/things/bob', headers })).toMatchObject({ status: 400, body });
  });

  it.each<Record<string, string>>([
    { token: 'nonsense' },
    { token: 'token-bob,token-bob' },
    { token: 'token-bob', authorization: 'Bearer token-eve' },
    { authorization: 'Basic token-bob' },
    { 'uws-authorization': 'Bearer token-bob' },
  ])('with the token in %j gets 401', async (headers) => {
    expect(await ask({ method: 'GET', path: '/things/bob', headers })).toMatchObject({
      status: 401,
      body: { error: 'Access Denied', message: 'Supplied token is invalid. Please sign in again' },
      headers: { 'www-authenticate': 'Bearer' },
    });
  });

  it.each<Record<string, string>>([
    { token: 'token-bob' },
    { authorization: 'Bearer token-bob' },
    { authorization: 'bearer  token-bob' },
    { 'uws-authorization': 'Token token-bob' },
    { token: 'token-bob', authorization: 'Bearer token-bob' },
  ])('with the token in %j is let in, with a slash at its end and without', async (headers) => {
    for (const path of ['/things/bob', '/things/bob/']) {
      const body = { name: 'bob', fetch: 3, caller: 'bob' };
      expect(await ask({ method: 'GET', path, query: 'fetch=3&other=1', headers })).toMatchObject({
        status: 200,
        body,
      });
    }
  });

  it('is refused for the right before its body is looked at', async () => {
    const body = { error: 'Access Denied', message: 'You do not have permission to do this' };
    const request = { method: 'POST', path: '/things', headers: { token: 'token-bob' }, body: '{' };
    expect(await ask(request)).toMatchObject({ status: 403, body });
  });

  it('of an account that must set a password is refused, but where the route allows it', async () => {
    const headers = { token: 'token-new', ...json };
    const body = { error: 'Access Denied', message: 'Password must be changed' };
    expect(await ask({ method: 'POST', path: '/things', headers, body: '{}' })).toMatchObject({ status: 403, body });
    expect(await ask({ method: 'DELETE', path: '/things/x', headers, body: '{' })).toMatchObject({ status: 204 });
  });

  it('of an account that must add a second factor is refused, but where the route allows it', async () => {
    const headers = { token: 'token-single', ...json };
    const body = { error: 'Access Denied', message: 'A second factor must be added' };
    expect(await ask({ method: 'POST', path: '/things', headers, body: '{}' })).toMatchObject({ status: 403, body });
    expect(await ask({ method: 'DELETE', path: '/things/x', headers, body: '{' })).toMatchObject({ status: 403, body });
    expect(await ask({ method: 'POST', path: '/factors', headers })).toMatchObject({ status: 204 });
  });

  it('with a name that is not well-formed Unicode is refused', async () => {
    const request = { method: 'GET', path: '/things/\ud800', headers: { token: 'token-\ud800' } };
    accounts['\ud800'] = { permissions: [], mustChangePassword: false };
    expect(await ask(request)).toMatchObject({ status: 400, body: { error: 'Bad Request' } });
  });

  it.each([
    ['/things/bob', 'fetch=1&fetch=2', 'A query parameter is given twice'],
    ['/things/bob', 'fetch=x', 'fetch: must be a number'],
    ['/pages', '', 'order: is missing'],
    ['/pages', 'order=x', 'order: Invalid option: expected one of "first"|"last"'],
  ])('for %s with the query %s is refused', async (path, query, message) => {
    const headers = { token: 'token-bob' };
    const { status, body } = await ask({ method: 'GET', path, query, headers });
    expect([status, body]).toEqual([400, { error: 'Bad Request', message }]);
  });
});

describe('a body', () => {
  const { ask, things } = setUp();
  const post = (body: string | undefined, headers: Record<string, string> = json, isBase64Encoded = false) =>
    ask({
      method: 'POST',
      path: '/things',
      headers: { token: 'token-eve', ...headers },
      ...(body !== undefined && { body }),
      isBase64Encoded,
    });

  it('that fits is taken, in base64 too, with unknown fields left out', async () => {
    const text = JSON.stringify({ ...whole, more: 1 });
    expect(await post(text)).toMatchObject({ status: 201, body: whole });
    expect(await post(Buffer.from(text).toString('base64'), json, true)).toMatchObject({ status: 201, body: whole });
    for (const type of ['application/json; charset=utf-8', 'Application/JSON', 'application/problem+json'])
      expect(await post(text, { 'content-type': type })).toMatchObject({ status: 201 });
    expect(things).toHaveLength(5);
  });

  it.each<[string, string | undefined, Record<string, string>?]>([
    ['no JSON', '{"username":'],
    ['nothing', ''],
    ['absent', undefined],
    ['of another type', JSON.stringify(whole), { 'content-type': 'text/plain' }],
    ['of no type', JSON.stringify(whole), {}],
    ['in Latin-1', JSON.stringify(whole), { 'content-type': 'application/json; charset=latin1' }],
    ['with a name twice', '{"username":"a","username":"b","autoGeneratePassword":true,"email":"e"}'],
    ['with a name twice, one of them escaped', '{"a":1,"\\u0061":2}'],
    ['with __proto__', '{"__proto__":{"username":"a"},"autoGeneratePassword":true,"email":"e"}'],
    ['with __proto__ inside', '{"details":{"__proto__":1}}'],
    ['with a lone surrogate', '{"username":"\\ud800"}'],
    ['with marks that take minutes to be sorted', JSON.stringify({ username: '\u0301'.repeat(4e5) })],
    ['with a name of such marks', JSON.stringify({ [`a${'\u0301\u0327'.repeat(16)}`]: 1 })],
    ['with such marks of half width', JSON.stringify({ username: '\u0301\uff9e'.repeat(16) })],
    ['with what was no UTF-8', '{"username":"\ufffd"}'],
    ['that is nested too deep', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['of quotes that never end', `"${'\\"'.repeat(400_000)}`],
  ])('that is %s gets 400', async (_, body, headers) => {
    expect(await post(body, headers)).toMatchObject({
      status: 400,
      body: { error: 'Bad Request. Does the body contain valid JSON?' },
    });
  });

  it('in base64 that is no UTF-8 gets 400', async () => {
    expect(await post(Buffer.from([0x22, 0xff, 0x22]).toString('base64'), json, true)).toMatchObject({ status: 400 });
  });

  it('may have colons, braces and escapes in its strings', async () => {
    const body = { ...whole, username: '{"a":"b"}[[[[\\":' };
    expect(await post(JSON.stringify(body))).toMatchObject({ status: 201, body });
  });

  it('may have a text of any language', async () => {
    const body = { ...whole, username: `Trần Nguyễn ${'e\u0301\u0323'.repeat(100)} ཧྐྵྨླྺྼྻྂ ${'\u0301'.repeat(30)}` };
    expect(await post(JSON.stringify(body))).toMatchObject({ status: 201, body });
  });

  it('of problems alone is answered at once', async () => {
    const body = JSON.stringify({ ...whole, details: { tags: new Array(10_000).fill(0) } });
    const begun = performance.now();
    expect(await post(body)).toMatchObject({ status: 400, body: { errorMessage: "0 is not of type 'string'" } });
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('of 1 MiB and more gets 413', async () => {
    const ofLength = (length: number) =>
      JSON.stringify({ ...whole, username: '' }).replace('""', `"${'x'.repeat(length)}"`);
    const rest = ofLength(0).length;
    expect(await post(ofLength(2 ** 20 - 1 - rest))).toMatchObject({ status: 201 });
    expect(await post(ofLength(2 ** 20 - rest))).toMatchObject({ status: 413 });
    expect(await post(Buffer.from(ofLength(2 ** 20 - rest)).toString('base64'), json, true)).toMatchObject({
      status: 413,
    });
  });

  it.each([
    ['{}', "'username' is a required property"],
    ['{"username":"a"}', "'autoGeneratePassword' is a required property"],
    ['{"username":"a","autoGeneratePassword":true}', "'email' is a required property"],
    ['{"username":1,"autoGeneratePassword":true,"email":"e"}', "1 is not of type 'string'"],
    ['{"username":5.0,"autoGeneratePassword":true,"email":"e"}', "5.0 is not of type 'string'"],
    [
      '{"username":["x",true,null],"autoGeneratePassword":true,"email":"e"}',
      "['x', True, None] is not of type 'string'",
    ],
    ['{"username":"a","autoGeneratePassword":"yes","email":"e"}', "'yes' is not of type 'boolean'"],
    ['{"username":"a","autoGeneratePassword":1,"email":"e"}', "1 is not of type 'boolean'"],
    ['{"username":"a","autoGeneratePassword":true,"email":null}', "None is not of type 'string'"],
    ['{"username":1,"autoGeneratePassword":true}', "'email' is a required property"],
    ['[]', "[] is not of type 'object'"],
    ['null', "None is not of type 'object'"],
    ['"hi"', "'hi' is not of type 'object'"],
    ['"it\'s"', "\"it's\" is not of type 'object'"],
    [
      '{"username":"a","autoGeneratePassword":true,"email":"e","details":{"tags":{"a":1}}}',
      "{'a': 1} is not of type 'array'",
    ],
  ])('%s gets 400: %s', async (body, errorMessage) => {
    expect(await post(body)).toEqual({
      status: 400,
      headers: expect.anything(),
      body: {
        error: 'JSON validation error',
        errorMessage,
        expectedSchema: {
          type: 'object',
          properties: {
            username: { type: 'string' },
            autoGeneratePassword: { type: 'boolean' },
            email: { type: 'string' },
            details: {
              type: 'object',
              properties: { tags: { type: 'array', items: { type: 'string' } } },
              required: ['tags'],
            },
          },
          required: ['username', 'autoGeneratePassword', 'email'],
        },
      },
    });
  });

  it('of a route with an answer of its own gets that one', async () => {
    for (const body of ['[', '[]'])
      expect(await ask({ method: 'POST', path: '/open', body })).toMatchObject({
        status: 400,
        body: { detail: 'Incomplete request form' },
      });
  });
});

describe('an answer', () => {
  const { ask, lines, handler } = setUp();

  it('names the request, is no page, and is kept by nobody', async () => {
    for (const request of [
      { method: 'POST', path: '/open', body: '{}' },
      { method: 'GET', path: '/nope' },
      { method: 'GET', path: '/fails/0' },
    ]) {
      expect((await ask(request)).headers).toMatchObject({
        'x-request-id': requestId,
        'cache-control': 'no-store',
        'content-type': 'application/json',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'x-content-type-options': 'nosniff',
        'strict-transport-security': expect.stringContaining('max-age='),
      });
    }
  });

  it('has the headers of the handler, and the address reaches that', async () => {
    const { headers, body } = await ask({ method: 'POST', path: '/open', body: '{"a":1}' });
    expect(body).toEqual({ body: { a: 1 }, address: '192.0.2.1' });
    expect(headers['retry-after']).toBe('3');
  });

  it('that is more than Lambda takes says so', async () => {
    const long = async (length: number, character: string) => {
      const query = `character=${encodeURIComponent(character)}`;
      const { status, body } = await ask({ method: 'GET', path: `/long/${length}`, query });
      return status === 413 ? body : status;
    };
    const tooLong = { error: 'The answer has more than 6000000 bytes: ask for less' };
    expect(await long(5_900_000, 'a')).toBe(200);
    expect(await long(6_000_000, 'a')).toEqual(tooLong);
    expect(await long(2_100_000, '€')).toEqual(tooLong);
    // A quote is four bytes: the body is JSON, and a text in that of Lambda.
    expect(await long(1_600_000, '"')).toEqual(tooLong);
  });

  it('to a fault says nothing of it, and to one that passes when to come again', async () => {
    for (const lasting of [0, 1]) {
      const failed = await ask({ method: 'GET', path: `/fails/${lasting}` });
      expect(failed).toMatchObject({ status: 500, body: { requestId } });
      expect(JSON.stringify(failed)).not.toContain('secret text');
    }
    for (const passing of [2, 3, 4, 5]) {
      const busy = await ask({ method: 'GET', path: `/fails/${passing}` });
      expect(busy).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    }
  });

  it('is logged in a line with the id of the request, without token, query and body', async () => {
    lines.length = 0;
    const headers = { token: 'token-eve', ...json };
    await ask({ method: 'POST', path: '/things', query: 'q=hidden', headers, body: JSON.stringify(whole) });
    expect(lines).toContainEqual(['request', { requestId, method: 'POST', status: 201, milliseconds: 0 }]);
    expect(lines).toContainEqual([{ route: 'POST /things' }]);
    expect(lines).toContainEqual([{ account: 'eve' }]);
    expect(JSON.stringify(lines)).not.toMatch(/token-eve|hidden|bob@/);
  });

  it('is 500 to an event that is no request', async () => {
    const { headers: _, ...event } = eventOf({ method: 'GET', path: '/open' });
    await expect(Reflect.apply(handler, undefined, [event, {}])).resolves.toMatchObject({ statusCode: 500 });
  });
});
