import { describe, expect, it } from 'vitest';
import { changeAccount, deleteAccount } from '../../shared/accounts/manage-accounts.ts';
import { hashPassword } from '../../shared/accounts/password-hash.ts';
import type { SignedToken } from '../../shared/auth/signed-token.ts';
import { loginNameOf } from '../../shared/users/login-name.ts';
import { bobPassword } from '../accounts/api.ts';
import { create, disable, enable, grant, play, reset, revoke } from '../support/messages.ts';
import { tableNames } from '../support/services.ts';
import { useWorlds } from '../support/setup.ts';
import type { World } from '../support/world.ts';
import { type AuthApi, createAuthApi } from './auth-api.ts';

const createWorld = useWorlds();

async function createApi() {
  const world = await createWorld();
  return { world, api: await createAuthApi(world) };
}

const base64 = (token: SignedToken) => Buffer.from(JSON.stringify(token)).toString('base64url');

/** The status of a request that any account may send. */
const statusWith = async ({ accounts }: AuthApi, token: SignedToken) =>
  (await accounts.ask('GET /session', undefined, JSON.stringify(token))).status;

describe('a signed token', () => {
  it.each([
    ['as JSON in the header token', (token: SignedToken) => ({ token: JSON.stringify(token) })],
    ['as Base64', (token: SignedToken) => ({ authorization: `Bearer ${base64(token)}` })],
    ['with other fields', (token: SignedToken) => ({ token: JSON.stringify({ more: 1, ...token }) })],
    ['with the fields in another order', (token: SignedToken) => ({ 'uws-authorization': `Token ${reversed(token)}` })],
  ])('%s opens the API to its account', async (_name, headers) => {
    const { api } = await createApi();
    const token = await api.token();
    expect(await api.accounts.ask('GET /session', undefined, null, headers(token))).toMatchObject({
      status: 200,
      body: { username: 'bob', permissions: [] },
    });
  });

  it('opens the API for 36 hours', async () => {
    const { world, api } = await createApi();
    const token = await api.token();
    world.clock.advance(1.5 * 86_400_000 - 1_000);
    expect(await statusWith(api, token)).toBe(200);
    world.clock.advance(1_000);
    expect(await statusWith(api, token)).toBe(401);
  });

  it('is of no use with anything changed, were it a digit from one field to the next', async () => {
    const { api } = await createApi();
    const token = await api.token();
    const [first = '', rest] = [token.signature.slice(0, 1), token.signature.slice(1)];
    const changed = [
      { ...token, code: 'root@centre.example' },
      { ...token, perm: 1 },
      { ...token, belongs: null },
      { ...token, time: token.time + 1 },
      { ...token, id: Math.floor(token.id / 10), time: Number(`${token.id % 10}${token.time}`) },
      { ...token, code: `${token.code}${`${token.id}`[0]}`, id: Number(`${token.id}`.slice(1)) },
      { ...token, signature: `${first === 'A' ? 'B' : 'A'}${rest}` },
      { ...token, signature: '' },
    ];
    for (const each of changed) expect({ each, status: await statusWith(api, each) }).toEqual({ each, status: 401 });
    expect(await statusWith(api, token)).toBe(200);
  });

  it.each([
    ['a block', (api: AuthApi) => api.accounts.ask('PATCH /admin/users/bob', { blockLogin: true })],
    ['a block that is taken back', blockAndUnblock],
    ['a new password', changePassword],
    ['a reset of the password', (api: AuthApi) => api.accounts.ask('POST /admin/users/bob/password-reset')],
    ['its deletion', (api: AuthApi) => api.accounts.ask('DELETE /user/bob')],
    ['signing out everywhere', (api: AuthApi) => api.accounts.ask('DELETE /user/bob/sessions')],
  ])('is of no use after %s, within the same second', async (_name, end) => {
    const { api } = await createApi();
    const token = await api.token();
    expect((await end(api)).status).toBe(200);
    expect(await statusWith(api, token)).toBe(401);
    expect(await api.ask('GET /validate', { token })).toMatchObject({ body: { success: false } });
    expect(await api.ask('GET /requestToken', { token })).toMatchObject({ body: { success: false } });
  });

  it('of before a new password stays of no use when another is had in the same second', async () => {
    const { api } = await createApi();
    const before = await api.token();
    await changePassword(api);
    const { body } = await api.login({ password: `${bobPassword}!` });
    const after = Object(body).token;
    expect(await statusWith(api, after)).toBe(200);
    expect(await statusWith(api, before)).toBe(401);
  });

  it('ends alone with a sign-out, and is listed until then', async () => {
    const { api } = await createApi();
    const [one, two] = [await api.token(), await api.token()];
    const { body } = await api.accounts.ask('GET /user/bob/sessions', undefined, JSON.stringify(one));
    expect(Object(body).sessions).toHaveLength(2);
    expect(await api.accounts.ask('POST /sign-out', undefined, JSON.stringify(one))).toMatchObject({ status: 200 });
    expect([await statusWith(api, one), await statusWith(api, two)]).toEqual([401, 200]);
    expect(await api.ask('POST /validate', { token: one })).toMatchObject({ body: { success: false } });
  });
});

const reversed = (token: SignedToken) => JSON.stringify(Object.fromEntries(Object.entries(token).toReversed()));

async function blockAndUnblock({ accounts }: AuthApi) {
  await accounts.ask('PATCH /admin/users/bob', { blockLogin: true });
  return accounts.ask('PATCH /admin/users/bob', { blockLogin: false });
}

async function changePassword({ accounts }: AuthApi) {
  const token = await accounts.signIn('bob', bobPassword);
  const body = { currentPassword: bobPassword, newPassword: `${bobPassword}!` };
  return accounts.ask('PUT /user/bob/password', body, token);
}

describe("a signed token of Statistics Denmark's researcher", () => {
  const email = 'anna@university.example';
  const userName = loginNameOf('a');

  /** An access whose owner has set a password and an address. */
  async function withAccess() {
    const { world, api } = await createApi();
    await play(world, create('p'), grant('p', 'a'));
    await setPassword(world);
    return { world, api, token: Object((await api.login({ email })).body).token };
  }

  async function setPassword({ context }: World) {
    const changes = { passwordHash: await hashPassword(bobPassword), changePassword: false, email };
    await changeAccount(context, userName, { by: 'test' }, () => ({ changes, event: 'password changed' }));
  }

  it.each([
    ['disabled the access', [disable('a')]],
    ['disabled and enabled the access', [disable('a'), enable('a')]],
    ['reset the password', [reset('a')]],
    ['deleted the access', [revoke('a')]],
  ])('is of no use after it has %s', async (_name, messages) => {
    const { world, api, token } = await withAccess();
    expect(await statusWith(api, token)).toBe(200);
    await play(world, ...messages);
    expect(await statusWith(api, token)).toBe(401);
    expect(await api.ask('GET /validate', { token })).toMatchObject({ body: { success: false } });
  });
});

describe('what is kept', () => {
  it('has neither tokens nor private keys in it: tables, logs, history', async () => {
    const { world, api } = await createApi();
    const token = await api.token();
    await statusWith(api, token);
    await api.ask('GET /validate', { token });
    await api.ask('GET /requestToken', { token });
    await api.login({ password: 'canary-wrong' });
    await api.ask('POST /validate', { token: { ...token, perm: 1 } });
    await deleteAccount(world.context, 'bob', { by: 'root' });
    const stored = JSON.stringify([await Promise.all(tableNames.map((table) => world.rows.all(table))), world.logs]);
    for (const secret of [token.signature, token.signature.slice(0, 40), 'PRIVATE KEY', 'canary']) {
      expect(stored).not.toContain(secret);
    }
  });
});
