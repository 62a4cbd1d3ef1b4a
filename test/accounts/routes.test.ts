import { describe, expect, it } from 'vitest';
import { tableNames } from '../support/services.ts';
import { useWorlds } from '../support/setup.ts';
import { badToken, noToken, notPermitted } from './answers.ts';
import { type AccountsApi, bobPassword, createAccountsApi, rootPassword } from './api.ts';

const createWorld = useWorlds();
const createApi = async (): Promise<AccountsApi> => createAccountsApi(await createWorld());

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

  it('show accounts, organizations and permissions to operators, who change none of them', async () => {
    const { ask, create, signIn } = await createApi();
    for (const name of ['bob', 'olga']) await create(name);
    await ask('POST /admin/olga/operator');
    await ask('PUT /admin/organizations/Clinic', { supportedServices: [1], members: ['bob'], details: {} });
    const token = await signIn('olga', bobPassword);
    const organizations = ['GET', 'PUT', 'DELETE'].map((method) => `${method} /admin/organizations/Clinic`);
    const requests = [...tokenRoutes.filter((request) => !own.test(request)), ...organizations];
    for (const request of [...requests, 'GET /admin/organizations']) {
      const { status } = await ask(request, {}, token);
      const isRead = request.startsWith('GET /admin/');
      expect({ request, status }).toEqual({ request, status: isRead ? 200 : 403 });
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
