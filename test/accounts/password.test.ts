import { describe, expect, it } from 'vitest';
import { useWorlds } from '../support/setup.ts';
import { type AccountsApi, bobPassword, createAccountsApi } from './api.ts';

const createWorld = useWorlds();
const createApi = async (): Promise<AccountsApi> => createAccountsApi(await createWorld());

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
