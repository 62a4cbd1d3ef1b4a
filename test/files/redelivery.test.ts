import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitAction, type OperatorContext } from '../../shared/decisions/context.ts';
import { planDismissal } from '../../shared/decisions/dismiss.ts';
import { planRetry } from '../../shared/decisions/retry.ts';
import { filesAtOnce } from '../../shared/files/effects/data-delivery-ready.ts';
import { rowRemoval } from '../../shared/files/remove.ts';
import { awaitedStep } from '../../shared/files/transfer/awaited.ts';
import type { Awaited } from '../../shared/files/transfer/plan.ts';
import { type IncidentRow, isOpen } from '../../shared/operations/incidents.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { transact } from '../../shared/platform/transaction.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World, type WorldOptions } from './files-fixture.ts';
import { justBefore } from './meanwhile.ts';

const services = useServices();
const size = 1000;

/** A project, and a delivery whose transfers are started and not run yet. */
async function setUp(fileIds: readonly string[] = ['a'], options: WorldOptions = {}) {
  const world = await createWorld(services(), options);
  await world.createProject();
  const first = await world.sendDelivery(fileIds.map((fileId) => ({ fileId, size })));
  await begin(world);
  return { world, first };
}

/** Polls and handles messages; transfers are left. */
async function begin(world: World) {
  await world.gateway.poll();
  await world.gateway.handleQueued();
}

/** The same files once more, as another message. */
const redeliver = (world: World, fileIds: readonly string[] = ['a']) =>
  world.sendDelivery(fileIds.map((fileId) => ({ fileId, size })));

const stateOf = async (world: World, messageId: string) => (await world.message(messageId)).state;

async function expectMarkedInTime(world: World, ...messageIds: string[]) {
  await world.settleUntil(async () => (await world.portal.pending()) === 0, 5);
  for (const messageId of messageIds) expect(await stateOf(world, messageId)).toBe('marked');
  expect((await incidents(world)).filter(isOpen)).toEqual([]);
  expect(await world.transferEntries()).toEqual([]);
}

const deskOf = ({ context, tables, clock }: World): OperatorContext => ({ ...context, tables, clock });
const incidents = ({ context, tables }: World) => Array.fromAsync(scan<IncidentRow>(context.db, tables.incidents));
const incidentOf = async (world: World, subject: string) => {
  const found = (await incidents(world)).find((each) => each.subject === subject && isOpen(each));
  if (!found) throw new Error(`no incident of ${subject}`);
  return found;
};
const decide = async (world: World, plan: typeof planRetry | typeof planDismissal, subject: string) => {
  const action = await plan(deskOf(world), await incidentOf(world, subject), true);
  expect(await commitAction(deskOf(world), action, { by: 'ann', reason: 'a test' })).toBe(true);
};

describe('a file that is delivered again while it is under way', () => {
  it('is fetched once, and both deliveries are marked when it is stored', async () => {
    const { world, first } = await setUp();
    const second = await redeliver(world);
    const third = await redeliver(world);
    await begin(world);
    await begin(world);
    for (const messageId of [first, second, third]) expect(await stateOf(world, messageId)).toBe('working');

    await expectMarkedInTime(world, first, second, third);

    expect((await world.portal.snapshot()).served.get('a')).toMatchObject({ requests: 1 });
    expect(await world.eventsOf('a')).toEqual(['registered', 'stored']);
  });

  it('keeps nothing of the line waiting', async () => {
    const { world } = await setUp();
    await redeliver(world);
    const access = { projectNo: '1001', accessIdentifier: 'x' };
    const later = await world.portal.send('CreateProjectAccess', access);
    await begin(world);
    await begin(world);
    expect(await stateOf(world, later)).not.toBe('open');
  });

  it.each([
    ['few', 3],
    ['more than are registered at once', 2 * filesAtOnce + 3],
  ])(
    'among %s others, some of them new and some stored, is waited for, and the others are fetched',
    async (_, count) => {
      const names = (prefix: string) => Array.from({ length: count }, (_each, index) => `${prefix}-${index}`);
      const { world, first } = await setUp(names('stored'));
      await expectMarkedInTime(world, first);
      const other = await redeliver(world, names('under way'));
      await begin(world);
      const second = await redeliver(world, [...names('new'), ...names('under way'), ...names('stored')]);
      await begin(world);
      expect(await world.message(second)).toMatchObject({ filesLeft: 2 * count });
      await expectMarkedInTime(world, other, second);
      expect(await world.message(second)).toMatchObject({ filesLeft: 0 });
    },
  );

  it('with another MD5 is held', async () => {
    const { world } = await setUp();
    const second = await world.sendDelivery([{ fileId: 'a', size: size + 1 }]);
    await begin(world);
    expect(await stateOf(world, second)).toBe('held');
  });

  it('and deleted is gone, and both deliveries are marked', async () => {
    const { world, first } = await setUp();
    const second = await redeliver(world);
    const deletion = await world.portal.send('DeleteDataFile', { fileId: 'a' });
    await begin(world);
    world.gateway.started.splice(0);
    await world.settleUntilMarked(deletion);
    await expectMarkedInTime(world, first, second);
    expect(await world.file('a')).toBeUndefined();
    expect(await world.eventsOf('a')).toEqual(['registered', 'deleted']);
  });

  it('and deleted has its delivery begin anew at once, for other deletions wait for that', async () => {
    const { world } = await setUp();
    const second = await redeliver(world);
    await world.portal.send('DeleteDataFile', { fileId: 'a' });
    await begin(world);
    await world.gateway.work();
    expect(await world.file('a')).toBeUndefined();
    expect(await stateOf(world, second)).toBe('working');

    await world.gateway.startTransfers();
    await world.gateway.handleQueued();

    expect(await stateOf(world, second)).toBe('marked');
  });

  it('goes with its project', async () => {
    const { world, first } = await setUp();
    const second = await redeliver(world);
    await begin(world);
    await world.settleUntilMarked(await world.portal.send('DeleteProject', { projectNo: '1001' }));
    await expectMarkedInTime(world, first, second);
    expect(await world.rows('files')).toEqual([]);
  });

  it('goes with its project, also when its delivery begins anew while the project is being deleted', async () => {
    const { world, first } = await setUp();
    const second = await redeliver(world);
    await begin(world);
    world.gateway.started.splice(0);
    await world.portal.send('DeleteDataFile', { fileId: 'a' });
    const deletion = await world.portal.send('DeleteProject', { projectNo: '1001' });
    justBefore(world, '"superseded"', () => world.gateway.startTransfers());

    await world.settleUntilMarked(deletion);

    await expectMarkedInTime(world, first, second);
    expect(await world.incidents()).toEqual([]);
  });
});

describe('a file that is delivered again and fails', () => {
  it('before it is delivered again waits for a person, and both are done when it is tried again', async () => {
    const { world, first } = await setUp(['a'], { maxAttempts: 1 });
    await world.portal.setFileBehaviour('a', { forbidden: true });
    await world.settleUntil(async () => (await stateOf(world, first)) === 'held', 5);
    const second = await redeliver(world);
    await world.portal.setFileBehaviour('a', {});
    await world.settle();
    await decide(world, planRetry, 'a');
    await expectMarkedInTime(world, first, second);
  });

  /** Both deliveries, held. */
  async function setUpHeld(again: readonly string[] = ['a']) {
    const { world, first } = await setUp(['a'], { maxAttempts: 1 });
    const second = await redeliver(world, again);
    await begin(world);
    await world.portal.setFileBehaviour('a', { forbidden: true });
    const areHeld = async () => (await stateOf(world, first)) === 'held' && (await stateOf(world, second)) === 'held';
    await world.settleUntil(areHeld, 5);
    await world.portal.setFileBehaviour('a', {});
    expect((await incidents(world)).map(({ kind, subject }) => [kind, subject]).toSorted()).toEqual([
      ['attempts-used-up', second],
      ['file-failed', 'a'],
    ]);
    return { world, first, second };
  }

  it('holds both, each with an incident; both are done when it is tried again', async () => {
    const { world, first, second } = await setUpHeld();
    await decide(world, planRetry, 'a');
    await world.settleUntilMarked(first);
    await decide(world, planRetry, second);
    await expectMarkedInTime(world, first, second);
  });

  it('is waited for again when the second is tried again first', async () => {
    const { world, first, second } = await setUpHeld(['a', 'b']);
    await decide(world, planRetry, second);
    await world.settle();
    expect(await stateOf(world, second), 'it waits behind the first').toBe('open');
    await decide(world, planRetry, 'a');
    await expectMarkedInTime(world, first, second);
    expect(await world.message(second)).toMatchObject({ filesLeft: 0 });
  });

  it('is fetched by the second when a person gives the first up', async () => {
    const { world, first, second } = await setUpHeld();
    await decide(world, planDismissal, 'a');
    await world.settleUntilMarked(first);
    expect(await stateOf(world, second)).toBe('held');
    await decide(world, planRetry, second);
    await expectMarkedInTime(world, second);
    expect(await world.file('a')).toMatchObject({ state: 'stored', messageId: second });
  });

  it('is fetched for the first when a person gives the second up', async () => {
    const { world, first, second } = await setUpHeld();
    await decide(world, planDismissal, second);
    await decide(world, planRetry, 'a');
    await expectMarkedInTime(world, first, second);
    expect(await world.file('a')).toMatchObject({ state: 'stored', messageId: first });
  });

  it('and is given up before the second is held is fetched by the second', async () => {
    const { world } = await setUp();
    const second = await redeliver(world);
    await begin(world);
    world.gateway.started.splice(0);
    const row = await world.file('a');
    if (!row) throw new Error('The file is not registered');
    const { db, clock } = world.context;
    const removal = rowRemoval(world.context, row, { at: clock.now() });
    expect(await transact(db, clock, removal)).toBe('committed');
    await world.settleUntilMarked(second, 5);
    expect(await world.file('a')).toMatchObject({ state: 'stored', messageId: second });
  });
});

it('a delivery is counted right however often its steps are repeated', async () => {
  const { world, first } = await setUp(['a', 'b', 'c']);
  const second = await redeliver(world, ['a', 'b', 'c', 'd']);
  await begin(world);
  await Promise.all([world.gateway.work(), world.gateway.startTransfers(), world.gateway.startTransfers()]);
  await Promise.all([world.gateway.startTransfers(), world.gateway.startTransfers()]);
  await expectMarkedInTime(world, first, second);
  expect(await world.message(second)).toMatchObject({ filesLeft: 0 });
});

describe('awaitedStep', () => {
  const states = ['open', 'applying', 'working', 'held', 'done', 'superseded', 'dismissed', 'marked'] as const;
  const rowStates = ['pending', 'copying', 'stored', 'failed', 'deleting'] as const;
  const cases = fc.record({
    message: fc.option(fc.constantFrom(...states), { nil: undefined }),
    file: fc.option(fc.record({ state: fc.constantFrom(...rowStates), checksum: fc.constantFrom('x', 'y') }), {
      nil: undefined,
    }),
  });

  it('counts a file only when it is stored with the MD5 and somebody waits, and never waits for what can not come', () => {
    fc.assert(
      fc.property(cases, ({ message, file }) => {
        const entry = { line: 'transfers', position: '1', kind: 'delivery', fileId: 'a', awaits: 'x' } as const;
        const record = message && { messageId: 'm', state: message };
        const step = awaitedStep({ entry, record, row: file } as Awaited);
        const isWaiting = message === 'working' || message === 'held';
        expect(step === 'count').toBe(isWaiting && file?.state === 'stored' && file.checksum === 'x');
        expect(step === 'forget').toBe(!message || ['done', 'superseded', 'dismissed', 'marked'].includes(message));
        const comes = file?.checksum === 'x' && file.state !== 'failed';
        if (message === 'working' && !comes) expect(['begin', 'hold']).toContain(step);
      }),
    );
  });
});
