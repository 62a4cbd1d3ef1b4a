import { describe, expect, it } from 'vitest';
import { accountUpdate, endOfTokens } from '../../shared/accounts/account.ts';
import { completeSignIn } from '../../shared/accounts/factors/complete-sign-in.ts';
import { newRecoveryCodes } from '../../shared/accounts/factors/recovery-codes.ts';
import { changeAccount, createAccount, deleteAccount, ofAnAccess } from '../../shared/accounts/manage-accounts.ts';
import { hashPassword } from '../../shared/accounts/password-hash.ts';
import { authenticate } from '../../shared/accounts/session.ts';
import { signIn } from '../../shared/accounts/sign-in.ts';
import { passwordKeys } from '../../shared/platform/password-keys.ts';
import { transact } from '../../shared/platform/transaction.ts';
import { oneTimePassword } from '../../shared/users/derive-password.ts';
import { loginNameOf } from '../../shared/users/login-name.ts';
import { create, disable, enable, grant, play, remove, reset, revoke } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { passwordSecret, type World } from '../support/world.ts';

const newWorld = useWorlds();
const account = loginNameOf('a');
const actor = { by: 'root' };
const ownPassword = 'canary lamp on the hill';

const passwordOf = (messageType: string, messageId: string) =>
  oneTimePassword(passwordSecret['1'], { centre: 'centre-1', messageType, messageId, accessIdentifier: 'a' });

const attempt = ({ context }: World, password: string) =>
  signIn(context, { userName: account, password, refreshable: false, address: '192.0.2.1', requestId: 'r' });

async function tokenOf(world: World, password: string): Promise<string> {
  const outcome = await attempt(world, password);
  if (outcome.kind !== 'signed-in') throw new Error(outcome.kind);
  return outcome.tokens.token;
}

const isOpen = async ({ context }: World, token: string) => (await authenticate(context, token)) !== undefined;

const change = ({ context }: World, changes: Parameters<typeof accountUpdate>[2]) =>
  changeAccount(context, account, actor, () => ({ changes, event: 'changed' }));

/** An access whose owner works with a password of their own. */
async function withOwner(): Promise<World> {
  const world = await newWorld();
  await play(world, create('p'), grant('p', 'a'));
  const passwordHash = await hashPassword(ownPassword);
  await change(world, { passwordHash, changePassword: false, email: 'a@centre.example' });
  return world;
}

const accountRow = async (world: World) => {
  const row = (await world.rows.accounts()).find((found) => found.account === account);
  if (!row) throw new Error(`no account ${account}`);
  return row;
};

describe('the account of an access', () => {
  it('opens with the one-time password, for its change', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    expect(await attempt(world, passwordOf('CreateProjectAccess', 'm-2'))).toMatchObject({
      kind: 'signed-in',
      changePassword: true,
      account: { userName: account, accessIdentifier: 'a', permissions: [] },
    });
    expect(await attempt(world, 'wrong')).toEqual({ kind: 'wrong-password' });
  });

  it('is shut from the moment in which the access is disabled, and its tokens stay ended', async () => {
    const world = await withOwner();
    const token = await tokenOf(world, ownPassword);
    expect(await isOpen(world, token)).toBe(true);
    await play(world, disable('a'));
    expect(await isOpen(world, token)).toBe(false);
    expect(await attempt(world, ownPassword)).toMatchObject({ kind: 'blocked' });
    await play(world, enable('a'));
    expect(await isOpen(world, token)).toBe(false);
    expect(await isOpen(world, await tokenOf(world, ownPassword))).toBe(true);
  });

  it('keeps its second factor through a reset and a disabling, and no later access has it', async () => {
    const world = await withOwner();
    const { hashes } = newRecoveryCodes();
    await change(world, {
      totp: { keyId: '1', sealed: '', createdAt: 0, usedStep: 0 },
      recoveryCodes: hashes,
    });
    const due = { kind: 'second-factor-due', factors: ['totp', 'recoveryCode'] };
    expect(await attempt(world, ownPassword)).toMatchObject(due);
    await play(world, reset('a'));
    expect(await attempt(world, ownPassword)).toEqual({ kind: 'wrong-password' });
    const fresh = passwordOf('ResetPassword', 'm-3');
    expect(await attempt(world, fresh)).toMatchObject(due);
    await play(world, disable('a'), enable('a'));
    expect(await attempt(world, fresh)).toMatchObject(due);
    await play(world, revoke('a'), grant('p', 'a'));
    expect(await attempt(world, passwordOf('CreateProjectAccess', 'm-7'))).toMatchObject({ kind: 'signed-in' });
  });

  it('takes no second factor for a password that the portal has reset, or an access that it has disabled', async () => {
    for (const message of [reset('a'), disable('a')]) {
      const world = await withOwner();
      const { codes, hashes } = newRecoveryCodes();
      await change(world, { totp: { keyId: '1', sealed: '', createdAt: 0, usedStep: 0 }, recoveryCodes: hashes });
      const begun = await attempt(world, ownPassword);
      if (begun.kind !== 'second-factor-due') throw new Error(begun.kind);
      await play(world, message);
      const keys = passwordKeys(async () => JSON.stringify(passwordSecret));
      const context = { ...world.context, keys, service: { name: 'DST Gateway', domain: 'localhost', origins: [] } };
      const proof = { kind: 'recoveryCode', code: codes[0] ?? '' } as const;
      const step = { challenge: begun.challenge, proof, address: '192.0.2.1', requestId: 'r' };
      expect(await completeSignIn(context, step)).toEqual({ kind: 'challenge-over' });
    }
  });

  it('keeps the block of a person when the portal enables the access, and the other way round', async () => {
    const world = await withOwner();
    await change(world, { blockLogin: true, blockLoginReason: 'left' });
    await play(world, disable('a'), enable('a'));
    expect(await attempt(world, ownPassword)).toEqual({ kind: 'blocked', reason: 'left' });
    await play(world, disable('a'));
    await change(world, { blockLogin: false, blockLoginReason: undefined });
    expect(await attempt(world, ownPassword)).toMatchObject({ kind: 'blocked', reason: /disabled/ });
  });

  it('opens with nothing but the new password after a reset', async () => {
    const world = await withOwner();
    const token = await tokenOf(world, ownPassword);
    await change(world, { passwordExpiresAt: world.clock.now() });
    await play(world, reset('a'));
    expect(await isOpen(world, token)).toBe(false);
    for (const password of [ownPassword, passwordOf('CreateProjectAccess', 'm-2')])
      expect(await attempt(world, password)).toEqual({ kind: 'wrong-password' });
    const outcome = await attempt(world, passwordOf('ResetPassword', 'm-3'));
    expect(outcome).toMatchObject({ kind: 'signed-in', changePassword: true });
  });

  it.each([
    ['reset', reset('a')],
    ['disabled', disable('a')],
  ])('takes no change that was decided before it was %s', async (_, step) => {
    const world = await withOwner();
    const { db, clock, tables } = world.context;
    const before = await accountRow(world);
    const changes = { passwordHash: 'of-another', ...endOfTokens() };
    await play(world, step);
    expect(await transact(db, clock, accountUpdate(tables.accounts, before, changes))).toBe('refused');
    expect((await accountRow(world)).passwordHash).not.toBe('of-another');
  });

  it.each([
    ['the access', revoke('a')],
    ['its project', remove('p')],
  ])('goes with %s, together with its e-mail address and its tokens', async (_, step) => {
    const world = await withOwner();
    const token = await tokenOf(world, ownPassword);
    await play(world, step);
    await world.run();
    expect(await world.rows.accounts()).toEqual([]);
    expect(await isOpen(world, token)).toBe(false);
  });

  it('is new when its access is made anew, and its history goes on', async () => {
    const world = await withOwner();
    await play(world, revoke('a'), grant('p', 'a'));
    expect(await attempt(world, ownPassword)).toEqual({ kind: 'wrong-password' });
    expect(await attempt(world, passwordOf('CreateProjectAccess', 'm-4'))).toMatchObject({ kind: 'signed-in' });
    const events = await world.rows.history(`account#${account}`);
    expect(events.map(({ sequence, event }) => [sequence, event])).toEqual([
      [1, 'changed'],
      [2, 'sign-in refused'],
      [3, 'signed in'],
    ]);
  });

  it('is not given to who has the login name already: the message is held until the name is free', async () => {
    const world = await newWorld();
    const person = { userName: account.toUpperCase(), password: ownPassword, changePassword: false, blockLogin: false };
    await createAccount(world.context, person, actor);
    await play(world, create('p'), grant('p', 'a'));
    expect(await world.rows.states()).toMatchObject({ 'm-2': 'held' });
    const found = `account ${account.toUpperCase()} of the centre has it`;
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'mismatch', found }]);
    expect(await world.rows.user('a')).toBeUndefined();
    expect(await attempt(world, ownPassword)).toMatchObject({ kind: 'signed-in' });
  });

  it('is removed by no person', async () => {
    const world = await withOwner();
    await expect(deleteAccount(world.context, account, actor)).rejects.toThrow(ofAnAccess);
    expect(await attempt(world, ownPassword)).toMatchObject({ kind: 'signed-in' });
  });
});
