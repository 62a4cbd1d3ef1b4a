import { scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { oneTimePassword } from '../../shared/users/derive-password.ts';
import { loginNameOf } from '../../shared/users/login-name.ts';
import { create, disable, enable, grant, play, remove, reset, revoke, type Step } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { passwordSecret, type World } from '../support/world.ts';

const newWorld = useWorlds();

const expectedPassword = (messageType: string, messageId: string) =>
  oneTimePassword(passwordSecret['1'], { centre: 'centre-1', messageType, messageId, accessIdentifier: 'a' });

const sentTo = async ({ portal }: World) => (await portal.snapshot()).credentials.get('a') ?? [];

const matches = (password: string, passwordHash = '') => {
  const [, N, r, p, salt = '', hash] = passwordHash.split('$');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  return scryptSync(password, Buffer.from(salt, 'base64url'), 32, cost).toString('base64url') === hash;
};

describe('an access', () => {
  it('is created in its project, enabled, and the portal is told its login name and one-time password', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    const password = expectedPassword('CreateProjectAccess', 'm-2');
    expect(await sentTo(world)).toMatchObject([
      { method: 'POST', loginName: loginNameOf('a'), oneTimePassword: password },
    ]);
    const user = await world.rows.user('a');
    expect(user).toMatchObject({
      projectNo: 'p',
      loginName: loginNameOf('a'),
      enabled: true,
      passwordMessageId: 'm-2',
      passwordTaken: false,
      version: 1,
    });
    expect(matches(password, user?.passwordHash)).toBe(true);
    expect(await world.rows.all('members')).toContainEqual({ projectNo: 'p', member: 'user#a' });
    expect(await world.rows.history('access#a')).toMatchObject([
      { sequence: 1, event: 'created', projectNo: 'p', messageId: 'm-2' },
    ]);
    expect(await world.rows.message('m-2')).toMatchObject({ state: 'marked', passwordKeyId: '1' });
  });

  it('gets a new password, which the portal is told', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    await world.rows.change('users', { accessIdentifier: 'a' }, { passwordTaken: true });
    await play(world, reset('a'));
    const password = expectedPassword('ResetPassword', 'm-3');
    expect((await sentTo(world)).at(-1)).toMatchObject({ method: 'PATCH', oneTimePassword: password });
    const user = await world.rows.user('a');
    expect(user).toMatchObject({ passwordMessageId: 'm-3', passwordTaken: false, version: 2 });
    expect(matches(password, user?.passwordHash)).toBe(true);
    expect(await world.rows.history('access#a')).toMatchObject([{}, { sequence: 2, event: 'password reset' }]);
  });

  it('shares its login name with no other: one that would is held until the other is gone', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'b'));
    await world.rows.change('accounts', { account: loginNameOf('a') }, { accessIdentifier: 'b' });
    await play(world, grant('p', 'a'));
    expect(await world.rows.user('a')).toBeUndefined();
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'held' });
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'mismatch', found: 'access b has it' }]);
    expect(await sentTo(world)).toEqual([]);
  });

  it('takes its login name with its row, and gives it up with it', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'), grant('p', 'b'));
    expect(await world.rows.accounts()).toContainEqual(
      expect.objectContaining({ account: loginNameOf('a'), accessIdentifier: 'a' }),
    );
    await play(world, revoke('a'));
    expect(await world.rows.accounts()).toHaveLength(1);
    await play(world, grant('p', 'a'), remove('p'));
    expect(await world.rows.accounts()).toEqual([]);
  });

  it('is disabled and enabled', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'), disable('a'));
    expect(await world.rows.user('a')).toMatchObject({ enabled: false, version: 2 });
    await play(world, enable('a'));
    expect(await world.rows.user('a')).toMatchObject({ enabled: true, version: 3 });
    expect((await world.rows.history('access#a')).map(({ event }) => event)).toEqual([
      'created',
      'disabled',
      'enabled',
    ]);
  });

  it('is deleted, and can be created again in another project; its history goes on', async () => {
    const world = await newWorld();
    await play(world, create('p'), create('q'), grant('p', 'a'), revoke('a'));
    expect(await world.rows.users()).toEqual([]);
    expect(await world.rows.all('members')).not.toContainEqual(expect.objectContaining({ member: 'user#a' }));
    await play(world, grant('q', 'a'));
    expect(await world.rows.user('a')).toMatchObject({ projectNo: 'q', version: 3 });
    const history = await world.rows.history('access#a');
    expect(history.map(({ sequence, event, projectNo }) => [sequence, event, projectNo])).toEqual([
      [1, 'created', 'p'],
      [2, 'deleted', 'p'],
      [3, 'created', 'q'],
    ]);
  });

  it('goes all its ways in one list, in order', async () => {
    const world = await newWorld();
    await play(
      world,
      create('p'),
      grant('p', 'a'),
      disable('a'),
      enable('a'),
      reset('a'),
      revoke('a'),
      grant('p', 'a'),
    );
    expect((await world.rows.history('access#a')).map(({ sequence, event }) => `${sequence} ${event}`)).toEqual([
      '1 created',
      '2 disabled',
      '3 enabled',
      '4 password reset',
      '5 deleted',
      '6 created',
    ]);
    expect(await world.rows.incidents()).toEqual([]);
    expect(new Set(Object.values(await world.rows.states()))).toEqual(new Set(['marked']));
    const order = (await world.portal.snapshot()).messages.map(({ markOrder }) => markOrder);
    expect(order).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});

describe('a message that does not fit the tables', () => {
  const cases: [what: string, before: Step[], wrong: Step, expected: string, found: string][] = [
    ['creation in no project', [], grant('p', 'a'), 'project p', 'it does not exist'],
    [
      'creation of what exists',
      [create('p'), grant('p', 'a')],
      grant('p', 'a'),
      'no access a',
      'it exists, in project p',
    ],
    [
      'creation of what exists elsewhere',
      [create('p'), create('q'), grant('q', 'a')],
      grant('p', 'a'),
      'no access a',
      'it exists, in project q',
    ],
    ['disabling of nothing', [create('p')], disable('a'), 'access a', 'it does not exist'],
    [
      'disabling of what is disabled',
      [create('p'), grant('p', 'a'), disable('a')],
      disable('a'),
      'access a enabled',
      'it is disabled',
    ],
    ['enabling of nothing', [create('p')], enable('a'), 'access a', 'it does not exist'],
    ['enabling of what is enabled', [create('p'), grant('p', 'a')], enable('a'), 'access a disabled', 'it is enabled'],
    ['reset of nothing', [create('p')], reset('a'), 'access a', 'it does not exist'],
    ['deletion of nothing', [create('p')], revoke('a'), 'access a', 'it does not exist'],
    [
      'deletion of what is deleted',
      [create('p'), grant('p', 'a'), revoke('a')],
      revoke('a'),
      'access a',
      'it does not exist',
    ],
  ];

  it.each(cases)('(%s) is an incident, is marked, and its line goes on', async (_, before, wrong, expected, found) => {
    const world = await newWorld();
    await play(world, ...before);
    const users = await world.rows.users();
    const [messageId] = await play(world, wrong, create('later'), grant('later', 'b'));
    const incident = { kind: 'mismatch', messageId, expected, found };
    expect(await world.rows.incidents()).toMatchObject([{ ...incident, count: 1, state: 'open' }]);
    const logged = world.logs.filter(({ message }) => message === 'incident');
    expect(logged).toMatchObject([{ ...incident, level: 'warn', messageType: wrong[0] }]);
    expect((await world.rows.users()).filter(({ accessIdentifier }) => accessIdentifier !== 'b')).toEqual(users);
    expect(new Set(Object.values(await world.rows.states()))).toEqual(new Set(['marked']));
    expect(await world.portal.pending()).toBe(0);
  });

  it('lets what is behind it in its own line go on', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'), enable('a'), disable('a'), grant('p', 'b'));
    expect(await world.rows.users()).toHaveLength(2);
    expect(await world.rows.user('a')).toMatchObject({ enabled: false });
  });

  it('is held when the setting says so for its type, and what is no revocation waits behind it', async () => {
    const world = await newWorld({ holdMismatchesOf: ['EnableProjectAccess'] });
    await play(world, create('p'), grant('p', 'a'), enable('a'), grant('p', 'b'));
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'held', 'm-4': 'open' });
  });

  it('is held when too many do not fit: then the tables may be wrong rather than the portal', async () => {
    const world = await newWorld({ mismatchesPerHour: 3 });
    await play(world, ...['a', 'b', 'c', 'd', 'e'].map((access) => reset(access)));
    const states = Object.values(await world.rows.states());
    expect(states.filter((state) => state === 'marked')).toHaveLength(3);
    expect(states.filter((state) => state === 'held')).toHaveLength(2);
    expect(await world.rows.incidents()).toHaveLength(5);
    world.clock.advance(3_600_000);
    await play(world, reset('f'));
    expect(await world.rows.states()).toMatchObject({ 'm-6': 'marked' });
  });
});
