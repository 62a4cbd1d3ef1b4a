import { describe, expect, it } from 'vitest';
import { useWorlds } from '../support/setup.ts';
import { badToken, invalid, loginSchema } from './answers.ts';
import { type AccountsApi, bobPassword, createAccountsApi } from './api.ts';

const createWorld = useWorlds();
const createApi = async (): Promise<AccountsApi> => createAccountsApi(await createWorld());

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
    [
      'a name that is cut off in a character',
      { username: `${'x'.repeat(255)}😀`, password: 'y' },
      404,
      expect.anything(),
    ],
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
