import { describe, expect, it } from 'vitest';
import { permissions } from '../../shared/accounts/permission.ts';
import { useWorlds } from '../support/setup.ts';
import { type AccountsApi, bobPassword, createAccountsApi } from './api.ts';

const createWorld = useWorlds();
const createApi = async (): Promise<AccountsApi> => createAccountsApi(await createWorld());

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
