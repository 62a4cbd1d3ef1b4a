import { describe, expect, it } from 'vitest';
import { loginNameOf } from '../../shared/users/login-name.ts';
import { create, grant, play, revoke } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { createAccountsApi } from './api.ts';

const createWorld = useWorlds();
const name = loginNameOf('a');
const refusal = {
  status: 409,
  body: { error: `User ${name} has an access from Statistics Denmark. Block the account instead` },
};

/** An access from Statistics Denmark, and an account of the centre's own. */
async function withAccess() {
  const world = await createWorld();
  const api = await createAccountsApi(world);
  await play(world, create('p'), grant('p', 'a'));
  await api.create('bob');
  return api;
}

describe('the account of an access from Statistics Denmark', () => {
  it.each<[string, object?]>([
    [`DELETE /user/${name}`],
    [`DELETE /user/${name.toUpperCase()}`],
    [`DELETE /admin/users/${name}`],
    ['DELETE /users', { usersToDelete: ['bob', name] }],
    ['POST /users/delete', { usersToDelete: [name, 'bob'] }],
    ['DELETE /admin/users', { usersToDelete: ['bob', name] }],
  ])('is deleted by no admin, and nothing else with it: %s', async (request, body) => {
    const { ask, world } = await withAccess();
    const answer = await ask(request, body);
    expect(answer.status).toBe(refusal.status);
    expect(String(Object(answer.body).error).toLowerCase()).toBe(refusal.body.error.toLowerCase());
    for (const user of [name, 'bob']) expect(await ask(`GET /admin/users/${user}`)).toMatchObject({ status: 200 });
    expect(await world.rows.users()).toMatchObject([{ accessIdentifier: 'a', enabled: true }]);
  });

  it('can be blocked, and goes with its access', async () => {
    const { ask, world } = await withAccess();
    expect(await ask(`PATCH /admin/users/${name}`, { blockLogin: true })).toMatchObject({ status: 200 });
    await play(world, revoke('a'));
    expect(await ask(`GET /admin/users/${name}`)).toMatchObject({ status: 404 });
    expect(await ask(`DELETE /admin/users/${name}`)).toMatchObject({ status: 404 });
  });
});
