import { describe, expect, it } from 'vitest';
import { passwordKeys } from '../../shared/platform/password-keys.ts';
import { OneTimePasswords } from '../../shared/users/one-time-passwords.ts';
import { takeOneTimePassword } from '../../shared/users/take-one-time-password.ts';
import { create, disable, enable, grant, play, reset, revoke } from '../support/messages.ts';
import type { HistoryRow } from '../support/rows.ts';
import { useWorlds } from '../support/setup.ts';
import { passwordSecret, type World } from '../support/world.ts';

const newWorld = useWorlds();

const take = ({ context, tables }: World, accessIdentifier = 'a') => {
  const credentials = new OneTimePasswords(
    'centre-1',
    passwordKeys(async () => JSON.stringify(passwordSecret)),
  );
  return takeOneTimePassword({ ...context, tables, credentials }, accessIdentifier);
};

const sentTo = async ({ portal }: World) => (await portal.snapshot()).credentials.get('a') ?? [];
const takings = async ({ rows }: World) =>
  (await rows.all<HistoryRow>('history')).filter(({ event }) => event === 'password taken');

describe('the one-time password of an access', () => {
  it('is given as the portal was given it, and that it was taken is recorded and published', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));

    const taken = await take(world);

    const [{ loginName, oneTimePassword } = {}] = await sentTo(world);
    expect(taken).toEqual({ loginName, oneTimePassword });
    expect(await world.rows.all('users')).toMatchObject([{ accessIdentifier: 'a', passwordTaken: true, version: 2 }]);
    const entry = { subject: 'access#a', sequence: 2, projectNo: 'p' };
    expect(await takings(world)).toMatchObject([entry]);
    expect(await world.rows.all('unpublished')).toContainEqual(expect.objectContaining(entry));
    expect(`${await world.rows.text()}${JSON.stringify(world.logs)}`).not.toContain(oneTimePassword);
  });

  it('is given again to who asks again, for an answer may be lost, and recorded each time', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    expect(await take(world)).toEqual(await take(world));
    expect((await takings(world)).map(({ sequence }) => sequence).sort()).toEqual([2, 3]);
  });

  it('is refused while the access is disabled, and nothing is recorded', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'), disable('a'));
    await expect(take(world)).rejects.toThrow('Access a is disabled');
    expect(await takings(world)).toEqual([]);
    await play(world, enable('a'));
    expect(await take(world)).toHaveProperty('oneTimePassword');
  });

  it('is not given to who asks while the access is being disabled', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    let isDisabled = false;
    world.outside.before = async ({ input }) => {
      if (isDisabled || !JSON.stringify(input ?? null).includes('password taken')) return;
      isDisabled = true;
      await play(world, disable('a'));
    };
    await expect(take(world)).rejects.toThrow('Access a is disabled');
    expect([isDisabled, await takings(world)]).toEqual([true, []]);
  });

  it('is the newest, and not taken any more after a reset', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    const first = await take(world);
    await play(world, reset('a'));
    expect(await world.rows.all('users')).toMatchObject([{ passwordTaken: false }]);
    const second = await take(world);
    expect(second.oneTimePassword).toBe((await sentTo(world)).at(-1)?.oneTimePassword);
    expect(second.oneTimePassword).not.toBe(first.oneTimePassword);
  });

  it('is not given when there is no access, or no more', async () => {
    const world = await newWorld();
    await expect(take(world)).rejects.toThrow('There is no access a');
    await play(world, create('p'), grant('p', 'a'), revoke('a'));
    await expect(take(world)).rejects.toThrow('There is no access a');
    expect(await takings(world)).toEqual([]);
  });

  it('is recorded once for each answer when several ask at the same time', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    const answers = await Promise.all([take(world), take(world), take(world)]);
    expect(new Set(answers.map(({ oneTimePassword }) => oneTimePassword)).size).toBe(1);
    expect(await takings(world)).toHaveLength(3);
  });
});
