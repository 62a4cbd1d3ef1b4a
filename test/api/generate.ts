import fc from 'fast-check';
import type { RouteDescription } from '../../shared/api/route.ts';
import type { TestRequest } from './requests.ts';

const name = fc.oneof(
  fc.constantFrom(
    'bob',
    'BOB',
    'nobody',
    '__proto__',
    'constructor',
    'new',
    '%',
    '%2e',
    '..',
    ' ',
    'bøb',
    'ｂｏｂ',
    'a\u0000b',
    '\ud800',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

const pathOf = (routes: readonly RouteDescription[]) =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(fc.constantFrom(...routes.map(({ path }) => path)), name, fc.constantFrom('', '', '/', '//', '/x'))
        .map(([path, value, end]) => path.replaceAll(/\{\w+\}/g, () => value) + end),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }).map((text) => `/${text}`) },
  );

const tokenHeaders = (tokens: readonly string[]) => {
  const token = fc.oneof(fc.constantFrom(...tokens), fc.string({ maxLength: 80 }));
  return fc.oneof(
    fc.constant({}),
    token.map((value) => ({ token: value })),
    token.map((value) => ({ authorization: `Bearer ${value}` })),
    token.map((value) => ({ 'uws-authorization': `Token ${value}` })),
    fc.record({ token, authorization: token }),
  );
};

const contentType = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ 'content-type': 'application/json' }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 30 }).map((type) => ({ 'content-type': type })) },
  { weight: 1, arbitrary: fc.constant({}) },
);

const field = fc.constantFrom('username', 'password', 'email', 'usersToDelete', '__proto__', 'toString', 'token', 'id');
const object = fc
  .array(
    fc.tuple(field, fc.oneof(fc.json({ maxDepth: 3 }), fc.constantFrom('"bob"', 'true', '5.0', '1e999', '"\\ud800"'))),
  )
  .map((fields) => `{${fields.map(([key, value]) => `"${key}":${value}`).join(',')}}`);

const body = fc.oneof(
  fc.constant(undefined),
  object,
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.nat(200).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  fc.nat(200).map((depth) => '{"a":'.repeat(depth)),
);

/** Requests of every kind, many of them near what the routes take. @param tokens some that are valid, and some that are not */
export const requestTo = (
  routes: readonly RouteDescription[],
  tokens: readonly string[],
): fc.Arbitrary<TestRequest & { headers: Record<string, string> }> =>
  fc
    .tuple(
      fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', '__proto__'),
      pathOf(routes),
      fc.oneof(fc.constant(''), fc.string({ maxLength: 40 }), fc.webQueryParameters()),
      tokenHeaders(tokens),
      contentType,
      body,
      fc.boolean(),
    )
    .map(([method, path, query, token, type, text, isBase64Encoded]) => ({
      method,
      path,
      query,
      headers: { ...token, ...type },
      ...(text !== undefined && { body: text }),
      isBase64Encoded,
    }));
