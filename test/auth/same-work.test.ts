import { createHook } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { loginNameOf } from '../../shared/users/login-name.ts';
import { create, grant, play } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import type { World } from '../support/world.ts';
import { createAuthApi } from './auth-api.ts';

const createWorld = useWorlds();
const tries = 8;
const names = Array.from({ length: tries }, (_, number) => `name-${number}`);
const unknown = names.map((name) => `no-${name}`);

/** Calls of the database and hashes of passwords that something takes, each by its name, sorted. */
async function workOf({ outside }: World, act: () => Promise<unknown>): Promise<string> {
  const done: string[] = [];
  outside.before = ({ name }) => void done.push(name);
  const hook = createHook({
    init(_id, type) {
      if (/argon/i.test(type)) done.push(type);
    },
  }).enable();
  await act();
  hook.disable();
  outside.heal();
  return done.toSorted().join(' ');
}

/** The work of each of several tries that come one after the other. */
async function distribution(world: World, names: readonly string[], act: (name: string) => Promise<unknown>) {
  const works: string[] = [];
  for (const name of names) works.push(await workOf(world, () => act(name)));
  return works.toSorted();
}

describe('a wrong password', () => {
  it('takes the same work whether the user name exists or not, and for an access', async () => {
    const world = await createWorld();
    const { accounts } = await createAuthApi(world);
    const identifiers = names.map((name) => `access-of-${name}`);
    await play(world, create('p'), ...identifiers.map((identifier) => grant('p', identifier)));
    for (const name of names) await accounts.create(name);
    const attempt = (username: string) =>
      accounts.ask('POST /authenticate', { username, password: 'canary-wrong' }, null);
    await attempt('first of its address');

    const known = await distribution(world, names, attempt);

    expect(known[0]).toMatch(/argon/i);
    expect(await distribution(world, unknown, attempt)).toEqual(known);
    expect(await distribution(world, identifiers.map(loginNameOf), attempt)).toEqual(known);
  });

  it('takes the same work whether the address exists or not', async () => {
    const world = await createWorld();
    const { accounts, login } = await createAuthApi(world);
    for (const name of names) await accounts.create(name);
    const attempt = (name: string) => login({ email: `${name}@centre.example`, password: 'canary-wrong' });
    await attempt('first of its address');

    const known = await distribution(world, names, attempt);

    expect(known[0]).toMatch(/argon/i);
    expect(await distribution(world, unknown, attempt)).toEqual(known);
  });
});
