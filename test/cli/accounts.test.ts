import { describe, expect, it } from 'vitest';
import type { AccountRow } from '../../shared/accounts/account.ts';
import { lacksFactor } from '../../shared/accounts/factors/requirement.ts';
import { changeAccount } from '../../shared/accounts/manage-accounts.ts';
import { signIn } from '../../shared/accounts/sign-in.ts';
import { loginNameOf } from '../../shared/users/login-name.ts';
import { create, disable, grant, play } from '../support/messages.ts';
import { type OperatedWorld, useOperatedWorlds } from './operator-fixture.ts';

const newWorld = useOperatedWorlds();
const agreed = ['--yes', '--reason', 'as agreed'];

const attempt = async ({ context }: OperatedWorld, password: unknown) =>
  (
    await signIn(context, {
      ...{ userName: 'anna', password: `${password}`, refreshable: false, address: '192.0.2.1', requestId: 'r' },
    })
  ).kind;

async function passwordOf(world: OperatedWorld, ...args: string[]): Promise<string> {
  const [report] = await world.json('accounts', ...args, ...agreed);
  return `${report?.password}`;
}

describe('npm run operator -- accounts', () => {
  it('creates an account whose password opens it, and blocks, unblocks and resets it', async () => {
    const world = await newWorld();
    const password = await passwordOf(
      world,
      'create',
      'anna',
      '--permission',
      'admin',
      '--email',
      'anna@centre.example',
    );
    expect(await attempt(world, password)).toBe('signed-in');
    await world.operate('accounts', 'block', 'anna', ...agreed);
    expect(await attempt(world, password)).toBe('blocked');
    expect(await world.json('accounts', 'list', '--state', 'blocked')).toMatchObject([{ userName: 'anna' }]);
    await world.operate('accounts', 'unblock', 'anna', ...agreed);
    expect(await attempt(world, password)).toBe('signed-in');
    const fresh = await passwordOf(world, 'reset', 'anna');
    expect(await attempt(world, password)).toBe('wrong-password');
    expect(await attempt(world, fresh)).toBe('signed-in');
    const text = await world.rows.text();
    for (const secret of [password, fresh]) expect(text).not.toContain(secret);
  });

  it('removes the second factors of who has lost them', async () => {
    const world = await newWorld();
    const password = await passwordOf(world, 'create', 'anna');
    expect(await world.operate('accounts', 'reset-factors', 'anna', ...agreed)).toMatchObject({
      code: 1,
      errors: expect.stringContaining('has no second factor'),
    });
    const totp = { keyId: '1', sealed: '', createdAt: 0, usedStep: 0 };
    await changeAccount(world.context, 'anna', { by: 'anna' }, () => ({
      changes: { totp, recoveryCodes: ['canary-hash'] },
      event: 'second factor added',
    }));
    expect(await attempt(world, password)).toBe('second-factor-due');
    const { output } = await world.operate('accounts', 'show', 'anna');
    expect(output).toMatch(/second factor +totp, recoveryCode/);
    expect(output + JSON.stringify(await world.json('accounts', 'list'))).not.toContain('canary-hash');
    await world.operate('accounts', 'reset-factors', 'anna', ...agreed);
    expect(await attempt(world, password)).toBe('signed-in');
    expect((await world.rows.history('account#anna')).at(-2)).toMatchObject({
      event: 'second factor removed',
      details: { factor: 'all', reason: 'as agreed' },
    });
  });

  it('requires a second factor of all accounts with a permission', async () => {
    const world = await newWorld();
    const change = ['permissions', 'change', 'operator', '--second-factor'];
    const demand = async () => (await world.json('permissions', 'list')).find(({ name }) => name === 'operator');
    expect(await demand()).toMatchObject({ secondFactorRequired: false });
    await world.operate(...change, 'required', ...agreed);
    expect(await demand()).toMatchObject({ secondFactorRequired: true });
    const account = { permissions: ['operator'] } as unknown as AccountRow;
    expect(await lacksFactor(world.context, account)).toBe(true);
    await world.operate(...change, 'optional', ...agreed);
    expect(await lacksFactor(world.context, account)).toBe(false);
    expect(await world.json('history', 'permission#operator')).toMatchObject([
      { details: { secondFactorRequired: true, reason: 'as agreed' } },
      { details: { secondFactorRequired: false } },
    ]);
    const unknown = ['permissions', 'change', 'reader', '--second-factor', 'required', ...agreed];
    expect(await world.operate(...unknown)).toMatchObject({
      code: 2,
      errors: expect.stringContaining('must be one of'),
    });
  });

  it('keeps in the history who did what, and why', async () => {
    const world = await newWorld();
    await passwordOf(world, 'create', 'anna');
    await world.operate('accounts', 'permissions', 'anna', '--add', 'operator', ...agreed);
    await world.operate('accounts', 'permissions', 'anna', '--remove', 'operator', ...agreed);
    const events = await world.json('history', 'account#Anna');
    expect(events.map(({ event }) => event)).toEqual(['created', 'permission added', 'permission removed']);
    for (const event of events)
      expect(event.details).toMatchObject({ by: expect.stringMatching(/./), reason: 'as agreed' });
  });

  it('shows the account of an access, with its own history and that of the access', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'), disable('a'));
    const { output } = await world.operate('accounts', 'show', loginNameOf('a'));
    expect(output).toContain('Statistics Denmark has disabled the access');
    expect(output).toContain("'access#a'");
    expect(output).not.toContain('scrypt');
    expect(await world.operate('accounts', 'unblock', loginNameOf('a'), ...agreed)).toMatchObject({
      code: 1,
      errors: expect.stringContaining('not blocked by a person'),
    });
  });

  it.each([
    [['show', 'nobody'], 'There is no account nobody'],
    [['block', 'nobody', ...agreed], 'There is no account nobody'],
    [['create', 'admin', ...agreed], 'userName: must have 1 to 64 letters, digits'],
    [['permissions', 'anna', ...agreed], 'Give either --add or --remove'],
  ])('refuses %j', async (args, reason) => {
    const world = await newWorld();
    const { code, errors } = await world.operate('accounts', ...args);
    expect(code).not.toBe(0);
    expect(errors).toContain(reason);
  });
});
