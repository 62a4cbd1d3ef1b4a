import { describe, expect, it } from 'vitest';
import { parseFirstAdmin } from '../../shared/accounts/first-admin.ts';
import { changeAccount, createAccount, deleteAccount } from '../../shared/accounts/manage-accounts.ts';
import { hashPassword } from '../../shared/accounts/password-hash.ts';
import { signIn } from '../../shared/accounts/sign-in.ts';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { useWorlds } from '../support/setup.ts';
import type { World } from '../support/world.ts';

const createWorld = useWorlds();
const actor = { by: 'root' };
const first = { username: 'Administrator', password: 'canary-of-the-deployment' };
const admin = {
  ...{ userName: 'anna', password: 'canary lamp on the hill', changePassword: false, blockLogin: false },
  permissions: ['admin'],
};

const attempt = ({ context }: World, password = first.password, userName = 'administrator') =>
  signIn(
    { ...context, firstAdmin: async () => first },
    { userName, password, refreshable: false, address: '192.0.2.1', requestId: 'r' },
  );

describe('the first admin', () => {
  it('is let in while there is no admin, must change the password, and is recorded', async () => {
    const world = await createWorld();
    const account = { userName: 'administrator', permissions: ['admin'] };
    expect(await attempt(world)).toMatchObject({ kind: 'signed-in', changePassword: true, account });
    expect(await attempt(world, 'wrong')).toEqual({ kind: 'wrong-password' });
    const events = await world.rows.history('account#administrator');
    expect(events.map(({ event }) => event)).toEqual(['created', 'signed in', 'sign-in refused']);
    expect(await world.rows.text()).not.toContain(first.password);
  });

  it('is unknown with a wrong password, under another name and without a secret', async () => {
    const world = await createWorld();
    const { context } = world;
    expect(await attempt(world, `${first.password}.`)).toEqual({ kind: 'unknown' });
    expect(await attempt(world, first.password, 'anna')).toEqual({ kind: 'unknown' });
    const request = { userName: 'administrator', refreshable: false, address: '192.0.2.1', requestId: 'r' };
    expect(await signIn(context, { ...request, password: first.password })).toEqual({ kind: 'unknown' });
    expect(await world.rows.accounts()).toEqual([]);
  });

  it('is unknown while another account is an admin, and let in when none is left', async () => {
    const world = await createWorld();
    await createAccount(world.context, admin, actor);
    expect(await attempt(world)).toEqual({ kind: 'unknown' });
    await deleteAccount(world.context, 'anna', actor);
    expect(await attempt(world)).toMatchObject({ kind: 'signed-in' });
  });

  it('has the own password alone once that is set', async () => {
    const world = await createWorld();
    await attempt(world);
    const changes = { passwordHash: await hashPassword(admin.password), changePassword: false };
    await changeAccount(world.context, 'administrator', actor, () => ({ changes, event: 'password changed' }));
    expect(await attempt(world)).toEqual({ kind: 'wrong-password' });
    expect(await attempt(world, admin.password)).toMatchObject({ kind: 'signed-in', changePassword: false });
  });

  it('exists once, however many sign in at once', async () => {
    const world = await createWorld();
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => attempt(world)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array.from({ length: 4 }, () => 'signed-in'));
    const created = (await world.rows.history('account#administrator')).filter(({ event }) => event === 'created');
    expect(created).toHaveLength(1);
  });

  it.each(['', 'text', '{}', '{"username":"a","password":"canary-short"}'])(
    'is refused as a secret of another form: %s',
    (text) => {
      expect(() => parseFirstAdmin(text)).toThrow(ConfigurationError);
      expect(() => parseFirstAdmin(text)).not.toThrow(/canary/);
    },
  );
});
