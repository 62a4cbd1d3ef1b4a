import { describe, expect, it } from 'vitest';
import { type Action, commitAction, type OperatorContext } from '../../shared/decisions/context.ts';
import { planDismissal } from '../../shared/decisions/dismiss.ts';
import { planRetry } from '../../shared/decisions/retry.ts';
import { filesAtOnce } from '../../shared/files/effects/data-delivery-ready.ts';
import { type IncidentRow, isOpen } from '../../shared/operations/incidents.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World } from './files-fixture.ts';
import { justBefore } from './meanwhile.ts';
import { Outbox } from './outbox.ts';

const services = useServices();
const decision = { by: 'ann', reason: 'DST sent it anew' };

const deskOf = ({ context, tables, clock }: World): OperatorContext => ({ ...context, tables, clock });
const decide = async (world: World, action: Promise<Action>) => commitAction(deskOf(world), await action, decision);
const incidents = ({ context, tables }: World) => Array.fromAsync(scan<IncidentRow>(context.db, tables.incidents));
async function incidentOf(world: World, subject: string): Promise<IncidentRow> {
  const found = (await incidents(world)).find((each) => each.subject === subject);
  if (!found) throw new Error(`no incident of ${subject}`);
  return found;
}

/** A delivery of a good file and of as many whose bytes are wrong, held because of them. */
async function setUp(bad: number): Promise<{ world: World; messageId: string }> {
  const world = await createWorld(services(), { checksumTries: 1 });
  await world.createProject();
  const names = Array.from({ length: bad }, (_, index) => `bad-${index}`);
  const messageId = await world.sendDelivery([
    { fileId: 'good', size: 1000 },
    ...names.map((fileId) => ({ fileId, size: 1000, behaviour: { corruptFirst: 1 } })),
  ]);
  await world.settleUntil(async () => (await incidents(world)).length === bad);
  expect(await world.message(messageId)).toMatchObject({ state: 'held', filesLeft: bad });
  return { world, messageId };
}

describe('a retry of a failed file', () => {
  it('fetches it again, and its delivery goes on', async () => {
    const { world, messageId } = await setUp(1);
    expect(await decide(world, planRetry(deskOf(world), await incidentOf(world, 'bad-0')))).toBe(true);
    expect((await world.message(messageId)).state).toBe('working');

    await world.settleUntilMarked(messageId);

    expect(await world.file('bad-0')).toMatchObject({ state: 'stored' });
    expect(await world.eventsOf('bad-0')).toEqual(['registered', 'retried', 'stored']);
    expect((await incidents(world)).map(({ state }) => state)).toEqual(['retried']);
  });

  it('leaves its delivery held while another file of it has failed', async () => {
    const { world, messageId } = await setUp(2);
    await decide(world, planRetry(deskOf(world), await incidentOf(world, 'bad-0')));
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'held', filesLeft: 1 });
    expect(await world.file('bad-0')).toMatchObject({ state: 'stored' });

    await decide(world, planRetry(deskOf(world), await incidentOf(world, 'bad-1')));
    await world.settleUntilMarked(messageId);
    expect(await world.transferEntries()).toEqual([]);
  });
});

describe('a dismissal of a delivery', () => {
  it('is of all of it, and has to be said so', async () => {
    const { world } = await setUp(2);
    const plan = planDismissal(deskOf(world), await incidentOf(world, 'bad-0'), false);
    await expect(plan).rejects.toThrow('can only be dismissed as a whole, with its 2 failed files');
  });

  it('gives up what failed, and keeps what is stored', async () => {
    const { world, messageId } = await setUp(17);
    const action = await planDismissal(deskOf(world), await incidentOf(world, 'bad-3'), true);
    expect(action.planned.join(' ')).toContain(
      'Failed files that will be given up: 17; stored files that will stay: 1.',
    );
    expect(action.planned.join(' ')).not.toContain('No delivery ends');
    expect(await action.transactions(decision)).toHaveLength(2);

    expect(await decide(world, Promise.resolve(action))).toBe(true);
    await world.settleUntilMarked(messageId);

    expect(await world.file('good')).toMatchObject({ state: 'stored' });
    expect(await world.rows('files')).toHaveLength(1);
    expect((await incidents(world)).filter(isOpen)).toEqual([]);
    expect(await world.eventsOf('bad-16')).toEqual(['registered', 'deleted']);
  });

  it('that breaks off in between can be asked for again', async () => {
    const { world, messageId } = await setUp(17);
    const desk = deskOf(world);
    const action = await planDismissal(desk, await incidentOf(world, 'bad-3'), true);
    const [first = []] = await action.transactions(decision);
    await commitAction(desk, { ...action, transactions: () => [first] }, decision);
    expect(await world.message(messageId)).toMatchObject({ state: 'held', filesLeft: 2 });
    const [left] = (await incidents(world)).filter(isOpen);

    await decide(world, planDismissal(desk, left as IncidentRow, true));
    expect(await world.message(messageId)).toMatchObject({ state: 'dismissed', filesLeft: 0 });
    const given = await Promise.all([0, 14, 15, 16].map((index) => world.eventsOf(`bad-${index}`)));
    expect(given).toEqual(given.map(() => ['registered', 'deleted']));
  });
});

describe('a return of a file whose delivery is dismissed', () => {
  it('is left to a person, who can settle it', async () => {
    const world = await createWorld(services(), { maxAttempts: 1 });
    await world.createProject();
    const messageId = await world.sendDelivery([{ fileId: 'bad-0', size: 10, behaviour: { forbidden: true } }]);
    await world.settleUntil(async () => (await world.message(messageId)).state === 'held');
    const returning = await world.portal.send('ReturnDataFile', { fileId: 'bad-0' });
    // Its turn comes while the delivery is not held.
    await decide(world, planRetry(deskOf(world), await incidentOf(world, 'bad-0')));
    await world.settle();
    expect(await world.message(returning)).toMatchObject({ state: 'working' });
    await world.settleUntil(async () => (await world.file('bad-0'))?.state === 'failed');
    await decide(world, planDismissal(deskOf(world), await incidentOf(world, 'bad-0'), true));
    await world.settleUntilMarked(messageId);

    await world.settle();

    expect(await world.message(returning)).toMatchObject({ state: 'held', heldFrom: 'working' });
    const incident = await incidentOf(world, returning);
    expect(incident).toMatchObject({ kind: 'attempts-used-up', found: 'file bad-0 is not there any more' });
    expect(await world.transferEntries()).toEqual([]);
    await decide(world, planDismissal(deskOf(world), incident, false));
    await world.settleUntilMarked(returning);
  });
});

describe('a delivery of more files than are registered at once', () => {
  const files = Array.from({ length: filesAtOnce + 2 }, (_, index) => ({ fileId: `file-${index}`, size: 10 }));

  it('that was held while they were registered brings no file that was deleted meanwhile', async () => {
    const world = await createWorld(services(), { maxAttempts: 1 });
    await world.createProject();
    const last = files.at(-1)?.fileId ?? '';
    const messageId = await world.sendDelivery(files);
    justBefore(world, `"${last}"`, async () => {
      await expect.poll(() => world.file('file-0')).toBeDefined();
      throw new Error('DynamoDB is out');
    });
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'held', heldFrom: 'applying' });
    await world.settleUntilMarked(await world.portal.send('DeleteDataFile', { fileId: 'file-0' }));

    await decide(world, planRetry(deskOf(world), await incidentOf(world, messageId)));
    await world.settleUntilMarked(messageId);

    expect(await world.file('file-0')).toBeUndefined();
    expect(await world.file(last)).toMatchObject({ state: 'stored' });
  });

  it('brings a file anew that was there before it', async () => {
    const world = await createWorld(services(), { maxAttempts: 1 });
    await world.createProject();
    await world.settleUntilMarked(await world.sendDelivery([{ fileId: 'file-0', size: 10 }]));
    await world.settleUntilMarked(await world.portal.send('DeleteDataFile', { fileId: 'file-0' }));
    await world.settleUntilMarked(await world.sendDelivery(files));
    expect(await world.file('file-0')).toMatchObject({ state: 'stored' });
  });
});

describe('a delivery whose own file failed, as did one that another delivery was to bring', () => {
  it('stays held for its own file when a person lets it go on', async () => {
    const world = await createWorld(services(), { checksumTries: 1 });
    await world.createProject();
    const bad = (fileId: string) => ({ fileId, size: 1000, behaviour: { corruptFirst: 1 } });
    const first = await world.sendDelivery([bad('shared')]);
    const messageId = await world.sendDelivery([bad('own'), bad('shared')]);
    await world.gateway.poll();
    // Both are registered before anything is copied.
    while ((await world.gateway.handleQueued()) > 0);
    await world.settleUntil(async () => (await incidents(world)).length === 3);
    expect(await world.message(messageId)).toMatchObject({ state: 'held', heldFrom: 'open' });
    await decide(world, planRetry(deskOf(world), await incidentOf(world, 'shared')));
    await world.settleUntilMarked(first);

    await decide(world, planRetry(deskOf(world), await incidentOf(world, messageId)));
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'held', heldFrom: 'working', filesLeft: 1 });

    await decide(world, planRetry(deskOf(world), await incidentOf(world, 'own')));
    await world.settleUntilMarked(messageId);
    expect(await world.file('own')).toMatchObject({ state: 'stored' });
  });
});

describe('a delivery that was held because it did not fit', () => {
  it('brings no file that DST had deleted after it, and all others', async () => {
    const world = await createWorld(services());
    await world.createProject();
    await world.settleUntilMarked(await world.sendDelivery([{ fileId: 'a', size: 10 }]));
    const messageId = await world.sendDelivery([
      { fileId: 'a', size: 20 },
      { fileId: 'b', size: 10 },
    ]);
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'held', heldFrom: 'open' });
    await world.settleUntilMarked(await world.portal.send('DeleteDataFile', { fileId: 'a' }));

    await decide(world, planRetry(deskOf(world), await incidentOf(world, messageId)));
    await world.settleUntilMarked(messageId);

    expect(await world.eventsOf('a')).toEqual(['registered', 'stored', 'deleted']);
    expect(await world.file('b')).toMatchObject({ state: 'stored' });
  });
});

describe('a delivery of a file that was deleted after it, and is in another project by now', () => {
  it('is done without it', async () => {
    const world = await createWorld(services());
    await world.createProject();
    await world.createProject('1002');
    const first = await world.sendDelivery([{ fileId: 'a', size: 10 }]);
    await world.settleUntilMarked(first);
    const messageId = await world.sendDelivery([
      { fileId: 'a', size: 20 },
      { fileId: 'b', size: 10 },
    ]);
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'held', heldFrom: 'open' });
    await world.settleUntilMarked(await world.portal.send('DeleteDataFile', { fileId: 'a' }));
    const moved = await world.portal.addFile({ fileId: 'a', size: 30 });
    await world.settleUntilMarked(await world.portal.send('DataDeliveryReady', { projectNo: '1002', files: [moved] }));

    await decide(world, planRetry(deskOf(world), await incidentOf(world, messageId)));
    await world.settleUntilMarked(messageId);

    expect(await world.file('a')).toMatchObject({ state: 'stored', projectNo: '1002' });
    expect(await world.file('b')).toMatchObject({ state: 'stored', projectNo: '1001' });
  });

  it('is done without it, too, when the other project is deleted', async () => {
    const world = await createWorld(services());
    await world.createProject();
    await world.createProject('1002');
    await world.settleUntilMarked(await world.sendDelivery([{ fileId: 'a', size: 10 }]));
    const messageId = await world.sendDelivery([{ fileId: 'a', size: 20 }]);
    await world.settle();
    await world.settleUntilMarked(await world.portal.send('DeleteDataFile', { fileId: 'a' }));
    const moved = await world.portal.addFile({ fileId: 'a', size: 30 });
    await world.settleUntilMarked(await world.portal.send('DataDeliveryReady', { projectNo: '1002', files: [moved] }));
    await world.settleUntilMarked(await world.portal.send('DeleteProject', { projectNo: '1002' }));
    expect(await world.message(messageId)).toMatchObject({ state: 'held', heldFrom: 'open' });

    await decide(world, planRetry(deskOf(world), await incidentOf(world, messageId)));
    await world.settleUntilMarked(messageId);

    expect(await world.file('a')).toBeUndefined();
  });
});

describe('a return that was given up', () => {
  it('is made again', async () => {
    const world = await createWorld(services(), { maxAttempts: 1 });
    await world.createProject();
    await world.settleUntilMarked(await world.sendDelivery([{ fileId: 'f', size: 10 }]));
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 500, calls: ['POST /data/{fileId}'] }] });
    const messageId = await world.portal.send('ReturnDataFile', { fileId: 'f' });
    await world.settleUntil(async () => (await world.message(messageId)).state === 'held');
    await world.portal.clearFaults();

    await decide(world, planRetry(deskOf(world), await incidentOf(world, messageId)));
    await world.settleUntilMarked(messageId);
    expect(await world.eventsOf('f')).toEqual(['registered', 'stored', 'retried', 'returned']);
  });

  it('is sent by no transfer of before', async () => {
    const world = await createWorld(services(), { maxAttempts: 1 });
    await world.createProject();
    await world.settleUntilMarked(await world.sendDelivery([{ fileId: 'f', size: 10 }]));
    const messageId = await world.portal.send('ReturnDataFile', { fileId: 'f' });
    const begin = async () => {
      await world.gateway.poll();
      await world.gateway.handleQueued();
      const [transfer] = world.gateway.started.splice(0);
      if (!transfer) throw new Error('No transfer was started');
      return transfer;
    };
    const first = await begin();
    await world.gateway.fail(first);
    await decide(world, planRetry(deskOf(world), await incidentOf(world, messageId)));
    const second = await begin();

    await world.gateway.run(first);
    expect((await world.portal.snapshot()).received).toEqual([]);
    expect(await world.message(messageId)).toMatchObject({ state: 'working' });
    await world.gateway.run(second);

    expect((await world.portal.snapshot()).received).toHaveLength(1);
    expect(await world.message(messageId)).toMatchObject({ state: 'marked', attempts: 1 });
  });
});

describe('a result that was given up', () => {
  it('is sent again', async () => {
    const world = await createWorld(services(), { maxAttempts: 1 });
    const outbox = await Outbox.open(world, services());
    await world.createProject();
    await world.portal.setFaults({ forbiddenProjects: ['1001'] });
    await outbox.put(key);
    await outbox.register();
    await world.settleUntil(async () => (await world.row(key))?.state === 'failed');
    await world.portal.clearFaults();

    await decide(world, planRetry(deskOf(world), await incidentOf(world, key)));
    await world.settle();
    expect(await world.eventsOf(key)).toEqual(['registered', 'retried', 'sent']);
  });
});

const key = 'outbox/1001/results.csv';
