import { describe, expect, it } from 'vitest';
import { useWorlds } from '../support/setup.ts';
import { deleteSchema, invalid } from './answers.ts';
import { type AccountsApi, createAccountsApi } from './api.ts';

const createWorld = useWorlds();
const createApi = async (): Promise<AccountsApi> => createAccountsApi(await createWorld());

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
