import { describe, expect, it } from 'vitest';
import { endOfTokens } from '../../shared/accounts/account.ts';
import { authenticator } from '../../shared/accounts/caller.ts';
import { changeAccount, createAccount, deleteAccount } from '../../shared/accounts/manage-accounts.ts';
import { authenticate, endSession, refreshSession } from '../../shared/accounts/session.ts';
import { signIn } from '../../shared/accounts/sign-in.ts';
import { tableNames } from '../support/services.ts';
import { useWorlds } from '../support/setup.ts';
import type { World } from '../support/world.ts';

const createWorld = useWorlds();
const actor = { by: 'root', address: '127.0.0.1' };
const password = 'canary lamp on the hill';
const bob = { userName: 'Bob', password, changePassword: false, blockLogin: false, email: 'bob@centre.example' };

async function withBob(changes: Partial<typeof bob> = {}): Promise<World> {
  const world = await createWorld();
  expect(await createAccount(world.context, { ...bob, ...changes }, actor)).toMatchObject({ kind: 'created' });
  return world;
}

const attempt = ({ context }: World, changes: Partial<Parameters<typeof signIn>[1]> = {}) =>
  signIn(context, {
    userName: 'bob',
    password,
    refreshable: false,
    address: '192.0.2.1',
    requestId: 'r1',
    ...changes,
  });

async function tokenOf(world: World, changes = {}): Promise<string> {
  const outcome = await attempt(world, changes);
  if (outcome.kind !== 'signed-in') throw new Error(outcome.kind);
  return outcome.tokens.token;
}

const eventsOf = async ({ rows }: World) =>
  (await rows.all('history'))
    .toSorted((one, other) => Number(one.sequence) - Number(other.sequence))
    .map(({ event }) => event);

describe('signing in', () => {
  it('gives a token that opens the account until it ends', async () => {
    const world = await withBob();
    const token = await tokenOf(world, { userName: 'BOB' });
    expect(token).toMatch(/^[\w-]{64}$/);
    expect(await authenticate(world.context, token)).toMatchObject({ account: { userName: 'Bob' } });
    world.clock.advance(12 * 3_600_000);
    expect(await authenticate(world.context, token)).toBeUndefined();
  });

  it('is refused with a wrong password and for a name that nobody has', async () => {
    const world = await withBob();
    expect(await attempt(world, { password: 'wrong' })).toEqual({ kind: 'wrong-password' });
    expect(await attempt(world, { userName: 'eve' })).toEqual({ kind: 'unknown' });
    expect(await eventsOf(world)).toEqual(['created', 'sign-in refused']);
  });

  it('counts refusals in a metric, with the address and without the user name', async () => {
    const world = await withBob();
    await attempt(world, { password: 'wrong' });
    await attempt(world, { userName: 'canary-typed-here' });
    await attempt(world);
    const refused = world.logs.filter(({ message }) => message === 'sign-in refused');
    expect(refused).toMatchObject([
      { result: 'wrong-password', address: '192.0.2.1', SignInsRefused: 1 },
      { result: 'unknown', SignInsRefused: 1 },
    ]);
    expect(JSON.stringify(world.logs)).not.toContain('canary');
  });

  it('tells of a block only to who knows the password', async () => {
    const world = await withBob();
    const block = { changes: { blockLogin: true, blockLoginReason: 'left' }, event: 'blocked' } as const;
    await changeAccount(world.context, 'bob', actor, () => block);
    expect(await attempt(world)).toEqual({ kind: 'blocked', reason: 'left' });
    expect(await attempt(world, { password: 'wrong' })).toEqual({ kind: 'wrong-password' });
  });

  it.each(['bob', 'nobody'])('as %s makes a caller wait after five quick wrong tries', async (userName) => {
    const world = await withBob();
    const outcomes = [];
    for (let tried = 0; tried < 7; tried++) outcomes.push(await attempt(world, { userName, password: 'wrong' }));
    expect(outcomes.map(({ kind }) => kind).slice(5)).toEqual(['too-many', 'too-many']);
    expect(outcomes[5]).toEqual({ kind: 'too-many', wait: 1_000 });
    world.clock.advance(1_000);
    expect((await attempt(world, { userName, password: 'wrong' })).kind).not.toBe('too-many');
  });

  it('lets fifty at once have no more tries than one after the other', async () => {
    const world = await withBob();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => attempt(world, { password: 'wrong' })));
    expect(outcomes.filter(({ kind }) => kind === 'wrong-password')).toHaveLength(5);
    expect(outcomes.filter(({ kind }) => kind === 'too-many')).toHaveLength(45);
  });

  it('with the right password forgets the wrong tries', async () => {
    const world = await withBob();
    for (let tried = 0; tried < 4; tried++) await attempt(world, { password: 'wrong' });
    expect(await attempt(world)).toMatchObject({ kind: 'signed-in' });
    expect(await attempt(world, { password: 'wrong' })).toEqual({ kind: 'wrong-password' });
  });

  it('with a generated password ends after a week, and opens only its change', async () => {
    const world = await createWorld();
    const { password: _password, ...withoutPassword } = bob;
    const creation = await createAccount(world.context, withoutPassword, actor);
    const generated = creation.kind === 'created' ? (creation.generatedPassword ?? '') : '';
    expect(await attempt(world, { password: generated })).toMatchObject({ kind: 'signed-in', changePassword: true });
    world.clock.advance(7 * 86_400_000);
    expect(await attempt(world, { password: generated })).toEqual({ kind: 'expired-password' });
  });
});

/** A token that a function has seen before. */
async function inUse() {
  const world = await withBob();
  const [find, token] = [authenticator(world.context), await tokenOf(world)];
  expect(await find(token)).toMatchObject({ name: 'bob' });
  return { world, find, token };
}

describe('a token', () => {
  it('costs two reads the first time, and one from then on', async () => {
    const { world, find, token } = await inUse();
    const calls: string[] = [];
    world.outside.before = ({ name }) => void calls.push(name);
    expect(await find(token)).toMatchObject({ name: 'bob' });
    expect(calls).toEqual(['BatchGetItemCommand']);
    calls.length = 0;
    expect(await authenticator(world.context)(token)).toMatchObject({ name: 'bob' });
    expect(calls).toEqual(['GetItemCommand', 'GetItemCommand']);
  });

  it.each(['its first', 'its last'])('costs no read when %s character is mistyped', async (place) => {
    const { world, find, token } = await inUse();
    const calls: string[] = [];
    world.outside.before = ({ name }) => void calls.push(name);
    const other = (character: string) => (character === 'A' ? 'B' : 'A');
    expect(await find(token.replace(place === 'its first' ? /^./ : /.$/, other))).toBeUndefined();
    expect(calls).toEqual([]);
  });

  it.each([
    ['a block', { blockLogin: true }],
    ['a disabled access', { accessDisabled: true }],
    ['a new password', { ...endOfTokens() }],
  ])('is of no use after %s', async (_name, changes) => {
    const { world, find, token } = await inUse();
    await changeAccount(world.context, 'bob', actor, () => ({ changes, event: 'changed' }));
    expect(await find(token)).toBeUndefined();
    expect(await authenticate(world.context, token)).toBeUndefined();
  });

  it('is of no use after the end of its session', async () => {
    const { world, find, token } = await inUse();
    const sessionId = (await find(token))?.session ?? '';
    await endSession(world.context, { sessionId, account: 'bob' }, { event: 'signed out' }, actor);
    expect(await find(token)).toBeUndefined();
  });

  it('is of no use for an account of the same name that comes later', async () => {
    const { world, find, token } = await inUse();
    expect(await deleteAccount(world.context, 'bob', actor)).toBe(true);
    expect(await find(token)).toBeUndefined();
    await createAccount(world.context, bob, actor);
    expect(await find(token)).toBeUndefined();
    expect(await authenticate(world.context, token)).toBeUndefined();
    expect(await eventsOf(world)).toEqual(['created', 'signed in', 'deleted', 'created']);
  });

  it('is in no table, no log and no history in the clear', async () => {
    const world = await withBob();
    const outcome = await attempt(world, { refreshable: true });
    if (outcome.kind !== 'signed-in') throw new Error(outcome.kind);
    const stored = JSON.stringify([await Promise.all(tableNames.map((table) => world.rows.all(table))), world.logs]);
    for (const secret of [outcome.tokens.token, outcome.tokens.refreshToken, password]) {
      expect(stored).not.toContain(secret);
    }
  });
});

describe('a refresh token', () => {
  const origin = { address: '192.0.2.1', requestId: 'r' };

  async function refreshable() {
    const world = await withBob();
    const outcome = await attempt(world, { refreshable: true });
    if (outcome.kind !== 'signed-in') throw new Error(outcome.kind);
    return { world, tokens: outcome.tokens, refresh: (token = '') => refreshSession(world.context, token, origin) };
  }

  it('gives new tokens, and the token of before ends', async () => {
    const { world, tokens, refresh } = await refreshable();
    world.clock.advance(15 * 60_000);
    expect(await authenticate(world.context, tokens.token)).toBeUndefined();
    const next = await refresh(tokens.refreshToken);
    expect(await authenticate(world.context, next?.token ?? '')).toMatchObject({ account: { account: 'bob' } });
    expect(await refresh(next?.refreshToken)).toBeDefined();
  });

  it('may be used again for a minute, by a client that did not get the answer', async () => {
    const { world, tokens, refresh } = await refreshable();
    await refresh(tokens.refreshToken);
    world.clock.advance(59_000);
    const repeated = await refresh(tokens.refreshToken);
    expect(await authenticate(world.context, repeated?.token ?? '')).toBeDefined();
  });

  it('ends the session when it is used again later', async () => {
    const { world, tokens, refresh } = await refreshable();
    const next = await refresh(tokens.refreshToken);
    world.clock.advance(60_000);
    expect(await refresh(tokens.refreshToken)).toBeUndefined();
    expect(await authenticate(world.context, next?.token ?? '')).toBeUndefined();
    expect(await refresh(next?.refreshToken)).toBeUndefined();
    expect(await world.rows.all('history')).toContainEqual(
      expect.objectContaining({
        ...{ subject: 'account#bob', event: 'session ended' },
        details: { by: 'the gateway', ...origin, reason: 'a refresh token was used again' },
      }),
    );
  });

  it('used by many at once gives each tokens of one session', async () => {
    const { world, tokens, refresh } = await refreshable();
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(tokens.refreshToken)));
    expect(answers.every((answer) => answer !== undefined)).toBe(true);
    expect(await world.rows.all('sessions')).toHaveLength(1);
  });
});

describe('creating an account', () => {
  it('by twenty callers at once makes one', async () => {
    const world = await createWorld();
    const creations = await Promise.all(Array.from({ length: 20 }, () => createAccount(world.context, bob, actor)));
    expect(creations.filter(({ kind }) => kind === 'created')).toHaveLength(1);
    expect(creations.filter(({ kind }) => kind === 'exists')).toHaveLength(19);
    expect(await eventsOf(world)).toEqual(['created']);
  });

  it('is refused for an address that another has, in whatever letters, until that one gives it up', async () => {
    const world = await withBob();
    const eve = { ...bob, userName: 'eve', email: 'BOB@centre.example' };
    expect(await createAccount(world.context, eve, actor)).toEqual({ kind: 'email-in-use' });
    await changeAccount(world.context, 'bob', actor, () => ({
      changes: { email: 'b@centre.example' },
      event: 'changed',
    }));
    expect(await createAccount(world.context, eve, actor)).toMatchObject({ kind: 'created' });
  });

  it('is refused for a name that is not allowed', async () => {
    const world = await createWorld();
    expect(await createAccount(world.context, { ...bob, userName: 'new' }, actor)).toEqual({ kind: 'not-allowed' });
  });
});
