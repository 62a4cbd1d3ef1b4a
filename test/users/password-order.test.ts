import { describe, expect, it } from 'vitest';
import { oneTimePassword } from '../../shared/users/derive-password.ts';
import { create, grant, remove, reset, revoke, type Step, send } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { hour, passwordSecret, type Queued, type World } from '../support/world.ts';

const newWorld = useWorlds();

/** Messages of which the first has a line of its own, for it was listed before its access was created, and is held therefore. */
async function listed(early: Step) {
  const world = await newWorld({ holdMismatchesOf: [early[0]] });
  await send(world, early, create('p'), grant('p', 'a'));
  await world.poll();
  const of = (queued: Queued[], id: string) => queued.find(({ messageId }) => messageId === id) as Queued;
  const first = await world.take();
  await world.handle(of(first, 'm-1'));
  await world.handle(of(first, 'm-2'));
  return { world, early: of(first, 'm-1'), grant: of(await world.take(), 'm-3') };
}

/** A person has what is held tried again, at this moment. */
async function retry({ rows, handle }: World, queued: Queued): Promise<void> {
  const { line, position, state } = await rows.message(queued.messageId);
  expect(state).toBe('held');
  await rows.change('messages', { messageId: queued.messageId }, { state: 'open', attempts: 0 });
  await rows.change('lines', { line, position }, { state: 'open', lacks: undefined });
  await handle(queued);
}

const isCreation = (input: unknown) => JSON.stringify(input).includes('passwordHash');

/** Does something once, when the creation of the access is committed and the portal is not told yet. */
function onceCommitted(world: World, act: () => Promise<void>): void {
  world.outside.after = async ({ name, input }) => {
    if (name !== 'TransactWriteItemsCommand' || !isCreation(input)) return;
    world.outside.heal();
    await act();
  };
}

const sentOf = async ({ portal }: World) => (await portal.snapshot()).credentials.get('a') ?? [];

async function settle(world: World): Promise<void> {
  for (let round = 0; round < 4; round++) {
    world.clock.advance(hour);
    await world.run();
  }
  expect(await world.portal.pending()).toBe(0);
}

async function expectPortalHasCurrentPassword(world: World): Promise<void> {
  const user = await world.rows.user('a');
  const messageId = user?.passwordMessageId ?? '';
  const messageType = (await world.rows.message(messageId)).type;
  const purpose = { centre: 'centre-1', messageType, messageId, accessIdentifier: 'a' };
  expect((await sentOf(world)).at(-1)?.oneTimePassword).toBe(oneTimePassword(passwordSecret['1'], purpose));
}

describe('a reset that was listed before the creation of its access', () => {
  it('while the portal is being told of the access does not leave it with the older password', async () => {
    const { world, early, grant } = await listed(reset('a'));
    let overtaken = false;
    world.outside.before = async ({ name }) => {
      if (name !== 'createUserAccess' || overtaken) return;
      overtaken = true;
      await retry(world, early);
    };

    await world.handle(grant);
    await settle(world);

    expect(overtaken).toBe(true);
    await expectPortalHasCurrentPassword(world);
    expect((await sentOf(world)).map(({ method }) => method)).toEqual(['POST', 'PATCH']);
  });

  it('waits until the portal was told of the access, however often that fails, and counts no attempt', async () => {
    const { world, early, grant } = await listed(reset('a'));
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 500, calls: ['POST /user-accesses'] }] });
    await world.handle(grant);
    await retry(world, early);
    expect(await world.rows.message('m-1')).toMatchObject({ state: 'open', attempts: 0 });
    await world.portal.clearFaults();

    await settle(world);

    await expectPortalHasCurrentPassword(world);
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked', 'm-2': 'marked', 'm-3': 'marked' });
    expect((await world.rows.user('a'))?.passwordMessageId).toBe('m-1');
  });
});

describe('a deletion that was listed before the creation of its access', () => {
  it('and comes before the portal is told leaves nothing to tell', async () => {
    const { world, early, grant } = await listed(revoke('a'));
    onceCommitted(world, () => retry(world, early));
    await world.handle(grant);
    expect(world.logs).toContainEqual(expect.objectContaining({ message: 'superseded', messageId: 'm-3' }));
    await settle(world);
    expect(await world.rows.user('a')).toBeUndefined();
    expect(await sentOf(world)).toEqual([]);
  });
});

describe('a password of which the portal is being told when its access is deleted', () => {
  it.each([
    ['by itself', [revoke('a'), grant('p', 'a')]],
    ['with its project', [remove('p'), create('p'), grant('p', 'a')]],
  ])('%s does not come after that of the access that is made anew', async (_, steps) => {
    const world = await newWorld();
    await send(world, create('p'), grant('p', 'a'));
    await world.poll();
    await world.work();
    await send(world, reset('a'));
    await world.poll();
    const [queued] = await world.take();
    let overtaken = false;
    world.outside.before = async ({ name }) => {
      if (name !== 'resetPassword' || overtaken) return;
      overtaken = true;
      await send(world, ...steps);
      await world.poll();
      await world.work();
    };

    await world.handle(queued as Queued);
    expect(await sentOf(world)).toHaveLength(2);
    await settle(world);
    await expectPortalHasCurrentPassword(world);
    expect(await world.rows.incidents()).toEqual([]);
  });
});
