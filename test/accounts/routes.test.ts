import { describe, expect, it } from 'vitest';
import { permissions } from '../../shared/accounts/permission.ts';
import { tableNames } from '../support/services.ts';
import { useWorlds } from '../support/setup.ts';
import { type AccountsApi, bobPassword, createAccountsApi, rootPassword } from './api.ts';

const createWorld = useWorlds();
const createApi = async (): Promise<AccountsApi> => createAccountsApi(await createWorld());

const noToken = { error: 'Access Denied', message: 'No token header' };
const badToken = { error: 'Access Denied', message: 'Supplied token is invalid. Please sign in again' };
const notPermitted = { error: 'Access Denied', message: 'You do not have permission to do this' };

const fields = {
  username: { type: 'string' },
  password: { type: 'string' },
  autoGeneratePassword: { type: 'boolean' },
  changePasswordOnFirstLogin: { type: 'boolean' },
  fname: { type: 'string' },
  lname: { type: 'string' },
  blockLogin: { type: 'boolean' },
  blockLoginReason: { type: 'string' },
  email: { type: 'string' },
};
const registerSchema = { type: 'object', properties: fields, required: ['username', 'autoGeneratePassword', 'email'] };
const deleteSchema = {
  type: 'object',
  properties: { usersToDelete: { type: 'array' } },
  required: ['usersToDelete'],
};
const loginSchema = {
  type: 'object',
  properties: { username: { type: 'string' }, password: { type: 'string' } },
  required: ['username', 'password'],
};
const invalid = (errorMessage: string, expectedSchema: object) => ({
  error: 'JSON validation error',
  errorMessage,
  expectedSchema,
});

const tokenRoutes = [
  'GET /user/bob',
  'POST /user/bob',
  'DELETE /user/bob',
  'PUT /user/bob/password',
  'GET /user/bob/sessions',
  'DELETE /user/bob/sessions',
  'GET /user/bob/factors',
  'POST /user/bob/factors/totp',
  'POST /user/bob/factors/totp/confirm',
  'POST /user/bob/factors/recovery-codes',
  'POST /user/bob/factors/passkeys/options',
  'POST /user/bob/factors/passkeys',
  'DELETE /user/bob/factors/totp',
  'POST /user/bob/factors/totp/remove',
  'DELETE /users',
  'POST /users/delete',
  'POST /sign-out',
  'GET /session',
  'GET /admin/users',
  'DELETE /admin/users',
  'GET /admin/users/bob',
  'POST /admin/users/bob',
  'PATCH /admin/users/bob',
  'DELETE /admin/users/bob',
  'POST /admin/users/bob/password-reset',
  'DELETE /admin/users/bob/factors',
  'GET /admin/permissions',
  'GET /admin/permissions/admin',
  'PATCH /admin/permissions/admin',
  'GET /admin/bob/permissions',
  'GET /admin/bob/operator',
  'POST /admin/bob/operator',
  'DELETE /admin/bob/operator',
];

/** Fields that an account without permissions may send about itself. */
const own = /\/user\/bob\/(password|sessions|factors.*)$|GET \/user\/bob$|sign-out|session$/;

describe('the routes of accounts', () => {
  it('ask for a token', async () => {
    const { ask } = await createApi();
    for (const request of tokenRoutes) {
      const answers = [];
      for (const token of [null, ' ', 'nonsense', 'x'.repeat(64)]) answers.push(await ask(request, {}, token));
      expect({ request, answers: answers.map(({ status, body }) => [status, body]) }).toEqual({
        request,
        answers: [
          [400, noToken],
          [400, noToken],
          [401, badToken],
          [401, badToken],
        ],
      });
    }
  });

  it('ask for an admin, but for what people do with their own account', async () => {
    const { ask, create, signIn } = await createApi();
    await create('eve');
    const token = await signIn('eve', bobPassword);
    for (const request of tokenRoutes.filter((request) => !own.test(request))) {
      const { status, body } = await ask(request, 'no JSON', token);
      expect({ request, status, body }).toEqual({ request, status: 403, body: notPermitted });
    }
  });

  it('give an account nothing about another one', async () => {
    const { ask, create, signIn } = await createApi();
    await create('bob');
    await create('eve');
    const token = await signIn('eve', bobPassword);
    for (const request of tokenRoutes.filter((request) => request.includes('/user/bob'))) {
      expect(await ask(request, {}, token)).toMatchObject({ status: 403, body: notPermitted });
    }
  });

  it('have no other methods', async () => {
    const { ask } = await createApi();
    const others = [
      'PATCH /user/bob',
      'PUT /user/bob',
      'GET /authenticate',
      'POST /users',
      'GET /users',
      'GET /users/delete',
      'GET /sign-out',
      'POST /user/bob/password',
      'PUT /admin/users',
      'PUT /admin/users/bob',
      'GET /admin/users/bob/password-reset',
      'POST /admin/permissions',
      'POST /admin/permissions/admin',
      'DELETE /admin/permissions/admin',
      'PUT /admin/bob/operator',
    ];
    for (const request of others) {
      const { status, body } = await ask(request, {});
      expect({ request, status, body }).toEqual({
        request,
        status: 405,
        body: { error: 'Method not allowed for this endpoint' },
      });
    }
  });
});

describe('authenticating', () => {
  it('gives exactly a token and its end, and the token works at once', async () => {
    const { ask, create } = await createApi();
    expect(await create('bob')).toMatchObject({ status: 201, body: { message: 'User bob was created successfully' } });
    const { status, body } = await ask('POST /authenticate', { username: 'bob', password: bobPassword }, null);
    expect({ status, body }).toEqual({
      status: 200,
      body: { token: expect.stringMatching(/^[\w-]{64}$/), exp: '2026-01-05T20:00:00Z' },
    });
    const token = String(Reflect.get(Object(body), 'token'));
    for (const headers of [
      { token },
      { authorization: `Bearer ${token}` },
      { 'uws-authorization': `Token ${token}` },
    ]) {
      expect(await ask('GET /session', undefined, null, headers)).toMatchObject({
        status: 200,
        body: { username: 'bob', permissions: [], changePassword: false },
      });
    }
  });

  it.each<[string, unknown, number, object]>([
    ['an unknown name', { username: 'x', password: 'y' }, 404, { error: 'User does not exist' }],
    ['a wrong password', { username: 'bob', password: 'y' }, 403, { error: 'Incorrect password' }],
    ['no name at all', { username: '', password: 'y' }, 404, { error: 'User does not exist' }],
    ['a name of an e-mail address', { username: 'email#bob@centre.example', password: 'y' }, 404, expect.anything()],
    ['a very long name', { username: 'x'.repeat(100_000), password: 'y' }, 404, { error: 'User does not exist' }],
    ['no password', { username: 'a' }, 400, invalid("'password' is a required property", loginSchema)],
    ['a number', { username: 'a', password: 5 }, 400, invalid("5 is not of type 'string'", loginSchema)],
    ['nothing', {}, 400, invalid("'username' is a required property", loginSchema)],
    ['a list', [], 400, invalid("[] is not of type 'object'", loginSchema)],
  ])('with %s is refused', async (_, body, status, expected) => {
    const { ask, create } = await createApi();
    await create('bob');
    expect(await ask('POST /authenticate', body, null)).toMatchObject({ status, body: expected });
  });

  it('hides which names exist, where the centre wants that', async () => {
    const { ask } = await createAccountsApi(await createWorld(), { hideUnknownUsers: true });
    expect(await ask('POST /authenticate', { username: 'x', password: 'y' }, null)).toMatchObject({
      status: 403,
      body: { error: 'Incorrect password' },
    });
  });

  it.each(['bob', 'nobody'])('as %s gets 429 within ten quick wrong tries', async (username) => {
    const { ask, create } = await createApi();
    await create('bob');
    const answers = [];
    for (let tried = 0; tried < 10; tried++) {
      answers.push(await ask('POST /authenticate', { username, password: 'wrong' }, null));
    }
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    for (const { headers } of refused) {
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(40);
    }
  });

  it('of a whole department at once waits for nobody', async () => {
    const { ask, create } = await createApi();
    await create('bob');
    for (let tried = 0; tried < 52; tried++) {
      expect(await ask('POST /authenticate', { username: 'bob', password: bobPassword }, null)).toMatchObject({
        status: 200,
      });
    }
  });

  it('of a blocked account says why, to who has the password', async () => {
    const { ask, create } = await createApi();
    await create('bob', { blockLogin: true, blockLoginReason: 'on leave' });
    expect(await ask('POST /authenticate', { username: 'bob', password: bobPassword }, null)).toMatchObject({
      status: 403,
      body: { error: 'Login is blocked', message: 'on leave' },
    });
    expect(await ask('POST /authenticate', { username: 'bob', password: 'wrong' }, null)).toMatchObject({
      status: 403,
      body: { error: 'Incorrect password' },
    });
  });

  it('with a refresh token gives the next tokens, and nothing for one that is used up', async () => {
    const { ask, create, world } = await createApi();
    await create('bob');
    const login = { username: 'bob', password: bobPassword, refresh: true };
    const { body } = await ask('POST /authenticate', login, null);
    expect(body).toEqual({
      token: expect.any(String),
      exp: '2026-01-05T08:15:00Z',
      refreshToken: expect.any(String),
      refreshExp: '2026-02-04T08:00:00Z',
    });
    const { refreshToken } = Object(body);
    expect(await ask('POST /refresh', { refreshToken }, null)).toMatchObject({ status: 200 });
    world.clock.advance(60_000);
    expect(await ask('POST /refresh', { refreshToken }, null)).toMatchObject({ status: 401, body: badToken });
  });
});

const whole = { username: 'bob', autoGeneratePassword: true, email: 'bob@centre.example' };

describe('creating an account', () => {
  it.each<[unknown, string]>([
    [{}, "'username' is a required property"],
    [{ autoGeneratePassword: true, email: 'e' }, "'username' is a required property"],
    [{ username: 'bob' }, "'autoGeneratePassword' is a required property"],
    [{ username: 'bob', autoGeneratePassword: true }, "'email' is a required property"],
    [{ ...whole, username: 1 }, "1 is not of type 'string'"],
    [{ ...whole, autoGeneratePassword: 'yes' }, "'yes' is not of type 'boolean'"],
    [{ ...whole, autoGeneratePassword: 1 }, "1 is not of type 'boolean'"],
    [{ ...whole, email: null }, "None is not of type 'string'"],
    [{ username: 1, autoGeneratePassword: true }, "'email' is a required property"],
    [[], "[] is not of type 'object'"],
    ['null', "None is not of type 'object'"],
    ['"hi"', "'hi' is not of type 'object'"],
    [{ ...whole, password: 5 }, "5 is not of type 'string'"],
    ['{"username":"bob","autoGeneratePassword":true,"email":"e","password":5.0}', "5.0 is not of type 'string'"],
    [{ ...whole, password: ['x', true, null] }, "['x', True, None] is not of type 'string'"],
    [{ ...whole, username: 'eve' }, "'bob' was expected"],
    [{ ...whole, autoGeneratePassword: false }, "'password' is a required property"],
    [{ ...whole, autoGeneratePassword: false, password: 'short' }, 'password must have at least 15 characters'],
    [{ ...whole, email: 'nobody' }, 'email must be an e-mail address'],
    [{ ...whole, fname: 'a\u0000' }, 'fname must not have control characters'],
  ])('of %j is refused: %s', async (body, text) => {
    const { ask } = await createApi();
    expect(await ask('POST /user/bob', body)).toMatchObject({ status: 400, body: invalid(text, registerSchema) });
    expect(await ask('GET /user/bob')).toMatchObject({ status: 404 });
  });

  it('answers 201 once, then 409', async () => {
    const { ask, create } = await createApi();
    expect(await create('bob')).toMatchObject({ status: 201, body: { message: 'User bob was created successfully' } });
    expect(await create('bob')).toMatchObject({ status: 409, body: { error: 'User bob already exists' } });
    expect(await create('BOB')).toMatchObject({ status: 409, body: { error: 'User BOB already exists' } });
    expect(await ask('POST /user/eve', { ...whole, username: 'eve', email: 'BOB@centre.example' })).toMatchObject({
      status: 409,
      body: { error: 'Email BOB@centre.example is already in use' },
    });
  });

  it('takes what the document forgot, and ignores what it does not know', async () => {
    const { ask } = await createApi();
    const body = { ...whole, more: { a: 1 }, changePasswordOnNextLogin: true };
    expect(await ask('POST /user/bob/', body)).toMatchObject({ status: 201 });
    expect(await ask('GET /user/bob')).toMatchObject({
      body: { autoGeneratePassword: true, changePasswordOnFirstLogin: true },
    });
  });

  it.each(['new', 'permissions', 'disable', 'permission', 'enalble', 'resenddpassword', 'NEW', 'users', 'a b', 'bоb'])(
    'of the name %s is not allowed',
    async (username) => {
      const { ask } = await createApi();
      expect(await ask(`POST /user/${username}`, { ...whole, username })).toMatchObject({
        status: 409,
        body: { error: `Username ${username} is not allowed` },
      });
    },
  );

  it('of the later version has a quota, and needs no name in the body', async () => {
    const { ask } = await createApi();
    const body = { autoGeneratePassword: true, email: 'bob@centre.example', storageQuota: 5e9, quotaGroup: 'gold' };
    expect(await ask('POST /admin/users/bob', { ...body, storageQuota: undefined })).toMatchObject({
      status: 400,
      body: { errorMessage: "'storageQuota' is a required property" },
    });
    expect(await ask('POST /admin/users/bob', body)).toMatchObject({ status: 201 });
    expect((await ask('GET /admin/users/bob')).body).toEqual({
      username: 'bob',
      changePasswordOnNextLogin: true,
      fname: '',
      lname: '',
      blockLogin: false,
      blockLoginReason: '',
      email: 'bob@centre.example',
      permissions: [],
      storage: { quota: 5e9, quotaGroup: 'gold', usage: 0, absolutePath: '' },
    });
  });
});

describe('an account', () => {
  it('shows nine fields, and no password', async () => {
    const { ask, create, signIn } = await createApi();
    await create('bob', { fname: 'Bob', lname: 'Jensen' });
    const expected = {
      username: 'bob',
      password: '',
      autoGeneratePassword: false,
      changePasswordOnFirstLogin: false,
      fname: 'Bob',
      lname: 'Jensen',
      blockLogin: false,
      blockLoginReason: '',
      email: 'bob@centre.example',
    };
    expect((await ask('GET /user/bob')).body).toEqual(expected);
    expect((await ask('GET /user/BOB', undefined, await signIn('bob', bobPassword))).body).toEqual(expected);
  });

  it.each(['GET /user/nobody', 'GET /admin/users/nobody', 'GET /user/email%23x', 'GET /user/email#root@x'])(
    '%s is not there',
    async (request) => {
      const { ask } = await createApi();
      const name = request.split('/').at(-1);
      expect(await ask(request)).toMatchObject({
        status: 404,
        body: { error: `User with username ${name} does not exist` },
      });
    },
  );

  it('is deleted once, and its token is of no use', async () => {
    const { ask, create, signIn } = await createApi();
    await create('bob');
    const token = await signIn('bob', bobPassword);
    expect((await ask('DELETE /user/bob', '{not even JSON')).body).toEqual({ message: 'User bob has been deleted' });
    const text = 'User bob does not exist';
    expect(await ask('DELETE /user/bob')).toMatchObject({ status: 404, body: { message: text, error: text } });
    expect(await ask('DELETE /admin/users/bob')).toMatchObject({ status: 404, body: { error: text } });
    expect(await ask('GET /user/bob', undefined, token)).toMatchObject({ status: 401, body: badToken });
  });

  it('is deleted by its later path', async () => {
    const { ask, create } = await createApi();
    await create('bob');
    expect(await ask('DELETE /admin/users/bob')).toMatchObject({
      status: 200,
      body: { message: 'User bob has been deleted' },
    });
  });

  it.each(['DELETE /user/root-admin', 'DELETE /admin/users/ROOT-ADMIN', 'DELETE /admin/root-admin/admin'])(
    'of the caller stays: %s',
    async (request) => {
      const { ask } = await createApi();
      expect(await ask(request)).toMatchObject({ status: 409 });
      expect(await ask('PATCH /admin/users/root-admin', { blockLogin: true })).toMatchObject({ status: 409 });
      expect(await ask('GET /session')).toMatchObject({ status: 200, body: { permissions: ['admin'] } });
    },
  );

  it('is changed, blocked and unblocked, and its tokens end with the block', async () => {
    const { ask, create, signIn } = await createApi();
    await create('bob');
    await create('eve');
    const token = await signIn('bob', bobPassword);
    const patch = (body: object) => ask('PATCH /admin/users/bob', body);
    expect(await patch({ fname: 'Robert', email: 'robert@centre.example' })).toMatchObject({
      status: 200,
      body: { fname: 'Robert', email: 'robert@centre.example' },
    });
    expect(await patch({ email: 'eve@centre.example' })).toMatchObject({
      status: 409,
      body: { error: 'Email eve@centre.example is already in use' },
    });
    expect(await ask('GET /session', undefined, token)).toMatchObject({ status: 200 });
    expect(await patch({ blockLogin: true, blockLoginReason: 'left' })).toMatchObject({
      body: { blockLogin: true, blockLoginReason: 'left' },
    });
    expect(await ask('GET /session', undefined, token)).toMatchObject({ status: 401, body: badToken });
    expect(await patch({ blockLogin: false })).toMatchObject({ body: { blockLogin: false, blockLoginReason: '' } });
    expect(await ask('GET /session', undefined, token)).toMatchObject({ status: 401, body: badToken });
    expect(await signIn('bob', bobPassword)).toMatch(/^[\w-]{64}$/);
    expect(await ask('PATCH /admin/users/nobody', {})).toMatchObject({
      status: 404,
      body: { error: 'User nobody does not exist' },
    });
  });
});

describe.each(['DELETE /users', 'POST /users/delete'])('%s', (request) => {
  it.each<[string[], number, object]>([
    [['a'], 200, { message: 'user a has been deleted', deletedUsers: ['a'], doNotExist: [] }],
    [['b'], 404, { message: 'User b does not exist', deletedUsers: [], doNotExist: ['b'] }],
    [['a', 'b', 'c'], 200, { message: 'Successfully deleted 2', deletedUsers: ['a', 'c'], doNotExist: ['b'] }],
    [['b', 'a', 'A', 'b'], 200, { message: 'user a has been deleted', deletedUsers: ['a'], doNotExist: ['b'] }],
    [[], 200, { message: 'Successfully deleted 0', deletedUsers: [], doNotExist: [] }],
  ])('of %j', async (usersToDelete, status, body) => {
    const { ask, create } = await createApi();
    await create('a');
    await create('c');
    expect(await ask(request, { usersToDelete })).toMatchObject({ status, body });
  });

  it.each<[unknown, string]>([
    [{}, "'usersToDelete' is a required property"],
    [{ usersToDelete: 'bob' }, "'bob' is not of type 'array'"],
    [{ usersToDelete: { a: 1 } }, "{'a': 1} is not of type 'array'"],
    [{ usersToDelete: ['a', 1] }, "1 is not of type 'string'"],
  ])('of %j is refused: %s', async (body, text) => {
    const { ask, create } = await createApi();
    await create('a');
    expect(await ask(request, body)).toMatchObject({ status: 400, body: invalid(text, deleteSchema) });
    expect(await ask('GET /user/a')).toMatchObject({ status: 200 });
  });

  it('of the own account deletes nothing', async () => {
    const { ask, create } = await createApi();
    await create('a');
    expect(await ask(request, { usersToDelete: ['a', 'Root-Admin'] })).toMatchObject({ status: 409 });
    expect(await ask('GET /user/a')).toMatchObject({ status: 200 });
  });
});

it('DELETE /admin/users reports two lists', async () => {
  const { ask, create } = await createApi();
  await create('a');
  expect(await ask('DELETE /admin/users', { usersToDelete: ['b', 'a'] })).toMatchObject({
    status: 200,
    body: { message: 'Successfully deleted 1', deletedUsers: ['a'], doNotExist: ['b'] },
  });
});

describe('the list of accounts', () => {
  it('is given page by page, each account once', async () => {
    const { ask, create } = await createApi();
    const names = Array.from({ length: 7 }, (_, index) => `user${index}`);
    for (const name of names) await create(name, { autoGeneratePassword: true });
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const { status, body } = await ask(`GET /admin/users?fetch=3${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      expect(status).toBe(200);
      const page: { result: { username: string }[]; cursor?: string } = Object(body);
      expect(page.result.length).toBeLessThanOrEqual(3);
      found.push(...page.result.map(({ username }) => username));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(found.toSorted()).toEqual(['root-admin', ...names]);
  });

  it('is searched by parts of names', async () => {
    const { ask, create } = await createApi();
    await create('bob', { fname: 'Robert', lname: 'Ågesen' });
    await create('eve', { fname: 'Eve', lname: 'Robertsen' });
    const search = async (query: string) => {
      const { body } = await ask(`GET /admin/users?${query}`);
      return Object(body).result.map(({ username }: { username: string }) => username);
    };
    expect(await search('fname=ROBERT')).toEqual(['bob']);
    expect(await search('lname=%C3%A5ge')).toEqual(['bob']);
    expect(await search('fname=x&lname=rob')).toEqual([]);
  });

  it.each(['fetch=0', 'fetch=x', 'fetch=201', 'cursor=', 'cursor=%ff', 'fetch=1&fetch=2'])(
    'with %s is refused',
    async (query) => {
      const { ask } = await createApi();
      expect(await ask(`GET /admin/users?${query}`)).toMatchObject({ status: 400 });
    },
  );
});

describe('a password', () => {
  const change = (currentPassword: string, newPassword: string) => ({ currentPassword, newPassword });
  const next = 'canary tulip under the bridge';

  it('is changed by its owner, which ends all tokens', async () => {
    const { ask, create, signIn } = await createApi();
    await create('bob', { changePasswordOnFirstLogin: true });
    const { body } = await ask('POST /authenticate', { username: 'bob', password: bobPassword }, null);
    expect(body).toEqual({ token: expect.any(String), exp: expect.any(String), changePassword: true });
    const { token } = Object(body);
    expect(await ask('GET /user/bob', undefined, token)).toMatchObject({
      status: 403,
      body: { error: 'Access Denied', message: 'Password must be changed' },
    });
    expect(await ask('PUT /user/bob/password', change(bobPassword, next), token)).toMatchObject({ status: 200 });
    expect(await ask('GET /session', undefined, token)).toMatchObject({ status: 401 });
    expect(await ask('GET /user/bob', undefined, await signIn('bob', next))).toMatchObject({ status: 200 });
    expect(await ask('POST /authenticate', { username: 'bob', password: bobPassword }, null)).toMatchObject({
      status: 403,
    });
  });

  it.each<[string, object, number, string]>([
    ['a wrong one', change('wrong', next), 403, 'Incorrect password'],
    ['a short one', change(bobPassword, 'short'), 400, 'newPassword must have at least 15 characters'],
    ['a common one', change(bobPassword, 'passwordpassword'), 400, 'newPassword must not be a common password'],
    ['the same one', change(bobPassword, bobPassword), 400, 'newPassword must not be the current password'],
    ['none', { currentPassword: bobPassword }, 400, "'newPassword' is a required property"],
  ])('is not changed with %s', async (_, body, status, text) => {
    const { ask, create, signIn } = await createApi();
    await create('bob');
    const token = await signIn('bob', bobPassword);
    const answer = await ask('PUT /user/bob/password', body, token);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toContain(text);
    expect(await ask('GET /session', undefined, token)).toMatchObject({ status: 200 });
  });

  it('is not guessed by who has a token', async () => {
    const { ask, create, signIn } = await createApi();
    await create('bob');
    const token = await signIn('bob', bobPassword);
    const statuses = [];
    for (let tried = 0; tried < 7; tried++) {
      statuses.push((await ask('PUT /user/bob/password', change('wrong', next), token)).status);
    }
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429, 429]);
  });

  it('is reset by an admin, who gets the new one once', async () => {
    const { ask, create, signIn } = await createApi();
    await create('bob');
    const token = await signIn('bob', bobPassword);
    const { status, body } = await ask('POST /admin/users/bob/password-reset');
    expect({ status, body }).toEqual({
      status: 200,
      body: { username: 'bob', password: expect.stringMatching(/^[A-Z2-9]{20}$/), exp: '2026-01-12T08:00:00Z' },
    });
    expect(await ask('GET /session', undefined, token)).toMatchObject({ status: 401 });
    const { password } = Object(body);
    expect(await ask('POST /authenticate', { username: 'bob', password }, null)).toMatchObject({
      body: { changePassword: true },
    });
    expect(await ask('POST /admin/users/nobody/password-reset')).toMatchObject({ status: 404 });
  });
});

describe('a session', () => {
  it('ends with sign-out, and no other session with it', async () => {
    const { ask, create, signIn } = await createApi();
    await create('bob');
    const [one, other] = [await signIn('bob', bobPassword), await signIn('bob', bobPassword)];
    const { body } = await ask('GET /user/bob/sessions', undefined, one);
    const session = {
      createdAt: '2026-01-05T08:00:00Z',
      exp: '2026-01-05T20:00:00Z',
      address: '192.0.2.1',
      userAgent: '',
    };
    expect(Object(body).sessions).toEqual(
      expect.arrayContaining([
        { ...session, current: true },
        { ...session, current: false },
      ]),
    );
    expect(await ask('POST /sign-out', undefined, one)).toMatchObject({ status: 200, body: { message: 'Signed out' } });
    expect(await ask('GET /session', undefined, one)).toMatchObject({ status: 401 });
    expect(await ask('GET /session', undefined, other)).toMatchObject({ status: 200 });
    expect(await ask('DELETE /user/bob/sessions', undefined, other)).toMatchObject({ status: 200 });
    expect(await ask('GET /session', undefined, other)).toMatchObject({ status: 401 });
    expect((await ask('GET /user/bob/sessions')).body).toEqual({ sessions: [] });
  });
});

describe('permissions', () => {
  it('are listed with descriptions and members', async () => {
    const { ask } = await createApi();
    const expected = Object.entries(permissions).map(([name, description]) => ({
      name,
      description,
      members: name === 'admin' ? ['root-admin'] : [],
    }));
    expect((await ask('GET /admin/permissions')).body).toEqual({ permissions: expected });
    expect((await ask('GET /admin/permissions/admin')).body).toEqual({
      permission: 'admin',
      members: ['root-admin'],
      description: permissions.admin,
    });
    expect(await ask('GET /admin/permissions/x')).toMatchObject({
      status: 404,
      body: { error: 'Permission x does not exist' },
    });
  });

  it('are given and taken, and count at the next request', async () => {
    const { ask, create, signIn } = await createApi();
    await create('bob');
    const token = await signIn('bob', bobPassword);
    expect(await ask('GET /admin/users', undefined, token)).toMatchObject({ status: 403 });
    expect(await ask('POST /admin/bob/admin')).toMatchObject({
      status: 201,
      body: { message: 'Permission admin has been added to bob' },
    });
    expect(await ask('POST /admin/bob/admin')).toMatchObject({
      status: 409,
      body: { error: 'User bob already has permissions admin. Nothing was done' },
    });
    expect((await ask('GET /admin/bob/permissions', undefined, token)).body).toEqual({
      username: 'bob',
      permissions: ['admin'],
    });
    expect((await ask('GET /admin/bob/admin')).body).toEqual({
      permission: 'admin',
      username: 'bob',
      hasPermission: true,
    });
    expect(await ask('DELETE /admin/bob/admin')).toMatchObject({
      status: 200,
      body: { message: 'Permission admin has been removed from bob' },
    });
    expect(await ask('DELETE /admin/bob/admin')).toMatchObject({
      status: 409,
      body: { error: 'User bob does not have admin. Nothing to remove' },
    });
    expect(await ask('GET /admin/users', undefined, token)).toMatchObject({ status: 403 });
  });

  it.each(['GET', 'POST', 'DELETE'])('%s of what does not exist', async (method) => {
    const { ask, create } = await createApi();
    await create('bob');
    expect(await ask(`${method} /admin/nobody/operator`)).toMatchObject({
      status: 404,
      body: { error: 'User nobody does not exist' },
    });
    for (const name of ['x', '__proto__', 'constructor']) {
      expect(await ask(`${method} /admin/bob/${name}`)).toMatchObject({
        status: 404,
        body: { error: `Permissions ${name} does not exist` },
      });
    }
  });
});

it('no password and no token is in a table, a log or another answer', async () => {
  const { ask, create, signIn, root, world } = await createApi();
  await create('bob', { changePasswordOnFirstLogin: true });
  const token = await signIn('bob', bobPassword);
  const newPassword = 'canary tulip under the bridge';
  await ask('PUT /user/bob/password', { currentPassword: bobPassword, newPassword }, token);
  const { body } = await ask('POST /admin/users/bob/password-reset');
  const answers = [await ask('GET /user/bob'), await ask('GET /admin/users'), await ask('GET /user/bob/sessions')];
  const stored = await Promise.all(tableNames.map((table) => world.rows.all(table)));
  const everything = JSON.stringify([stored, world.logs, answers]);
  for (const secret of [rootPassword, bobPassword, newPassword, root, token, Object(body).password]) {
    expect(everything).not.toContain(secret);
  }
});
