import { describe, expect, it } from 'vitest';
import { useWorlds } from '../support/setup.ts';
import { badToken } from './answers.ts';
import { type AccountsApi, bobPassword, createAccountsApi } from './api.ts';

const createWorld = useWorlds();
const createApi = async (): Promise<AccountsApi> => createAccountsApi(await createWorld());

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
