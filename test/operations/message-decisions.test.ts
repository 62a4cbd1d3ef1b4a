import type { GetCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { planApproval } from '../../shared/decisions/approve.ts';
import { auditWrites } from '../../shared/decisions/audit.ts';
import { type Action, commitAction, type OperatorContext } from '../../shared/decisions/context.ts';
import { planDismissal, problemOfDismissal } from '../../shared/decisions/dismiss.ts';
import { planPause, planResume } from '../../shared/decisions/pause.ts';
import { planRequeue, problemOfRequeue } from '../../shared/decisions/requeue.ts';
import { planRetry, problemOfRetry } from '../../shared/decisions/retry.ts';
import { type IncidentRow, isOpen, raiseIncident } from '../../shared/operations/incidents.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { create, disable, grant, play, remove, reset, send } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { minute, type World } from '../support/world.ts';

const newWorld = useWorlds();
const decision = { by: 'ann', reason: 'DST says so' };

const deskOf = ({ context, tables }: World): OperatorContext => ({ ...context, tables });
const decide = async (world: World, action: Action | Promise<Action>) =>
  commitAction(deskOf(world), await action, decision);
const incidentsOf = (world: World) => Array.fromAsync(scan<IncidentRow>(world.context.db, world.tables.incidents));
async function incidentOf(world: World, messageId: string): Promise<IncidentRow> {
  const found = (await incidentsOf(world)).find((each) => each.messageId === messageId);
  if (!found) throw new Error(`no incident of ${messageId}`);
  return found;
}

/** A project with an access whose new password the portal refuses for good. */
async function refused(): Promise<World> {
  const world = await newWorld();
  await play(world, create('p'), grant('p', 'a'));
  await refusePasswords(world);
  await play(world, reset('a'), grant('p', 'b'));
  expect(await world.rows.states()).toMatchObject({ 'm-3': 'held', 'm-4': 'open' });
  await world.portal.clearFaults();
  return world;
}

const refusePasswords = ({ portal }: World) =>
  portal.setFaults({ rules: [{ kind: 'status', status: 403, calls: ['PATCH /user-accesses/{accessIdentifier}'] }] });

/** An operator's desk at which something happens just before the first call of a kind. */
function before(
  world: World,
  isIt: (command: GetCommand) => boolean,
  happens: () => Promise<unknown>,
): OperatorContext {
  const desk = deskOf(world);
  let hasHappened = false;
  const send = async (command: GetCommand) => {
    if (!hasHappened && isIt(command)) {
      hasHappened = true;
      await happens();
    }
    return desk.db.send(command);
  };
  return { ...desk, db: { send: send as OperatorContext['db']['send'] } };
}

it.each([1, 2, 3])(
  'a note about an access that is created before its call %i counts on in its history',
  async (call) => {
    const world = await newWorld();
    await play(world, create('p'));
    let calls = 0;
    const desk = before(
      world,
      () => ++calls === call,
      () => play(world, grant('p', 'a')),
    );
    const action: Action = {
      planned: [],
      completed: [],
      transactions: async () => [await auditWrites(desk, { subject: 'access#a', event: 'retried' }, decision)],
    };

    if (!(await commitAction(desk, action, decision))) expect(await commitAction(desk, action, decision)).toBe(true);
    expect((await world.rows.history('access#a')).map(({ event }) => event)).toEqual(['created', 'retried']);

    expect((await world.rows.user('a'))?.version).toBe((await world.rows.history('access#a')).length);
    const [messageId = ''] = await play(world, reset('a'));
    expect(await world.rows.states()).toMatchObject({ [messageId]: 'marked' });
  },
);

describe('a retry', () => {
  it('has a held message go on from where it was held, and its line with it', async () => {
    const world = await refused();

    expect(await decide(world, planRetry(deskOf(world), await incidentOf(world, 'm-3')))).toBe(true);
    await world.run();

    expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked', 'm-4': 'marked' });
    expect(await incidentOf(world, 'm-3')).toMatchObject({ state: 'retried', decidedBy: 'ann', reason: 'DST says so' });
    const events = await world.rows.history('access#a');
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ event: 'retried', projectNo: 'p', messageId: 'm-3', details: decision });
    expect((await world.rows.user('a'))?.version).toBe(events.length);
  });

  it('that fails again opens the incident again', async () => {
    const world = await refused();
    await refusePasswords(world);
    await decide(world, planRetry(deskOf(world), await incidentOf(world, 'm-3')));
    await world.run();

    const again = await incidentOf(world, 'm-3');
    expect([isOpen(again), again.count, (await world.rows.message('m-3')).state]).toEqual([true, 2, 'held']);
  });

  it('does nothing when somebody was faster', async () => {
    const world = await refused();
    const action = await planRetry(deskOf(world), await incidentOf(world, 'm-3'));
    await decide(world, planRetry(deskOf(world), await incidentOf(world, 'm-3')));
    expect(await decide(world, action)).toBe(false);
  });

  it.each([
    ['needs-approval', { state: 'held', heldFrom: 'open' }, 'waits for a person'],
    ['marking-refused', { state: 'done' }, 'Nothing is held for it'],
    ['unreadable-message', undefined, 'about no message'],
    ['message-id-reused', { state: 'held', heldFrom: 'open' }, 'Nothing is held for it'],
    ['mismatch', { state: 'marked' }, 'm is marked, not held'],
    ['unknown-message-type', { state: 'held' }, "can't be read"],
    ['attempts-used-up', { state: 'held', heldFrom: 'applied' }, undefined],
  ] as const)('of %s, the message being %j', (kind, record, problem) => {
    const found = problemOfRetry({ kind, messageId: 'm' }, record);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(problem);
  });
});

describe('a dismissal', () => {
  it('has a held message count as processed, and its line go on', async () => {
    const world = await refused();

    expect(await decide(world, planDismissal(deskOf(world), await incidentOf(world, 'm-3'), false))).toBe(true);
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'dismissed' });
    await world.run();

    expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked', 'm-4': 'marked' });
    expect(await world.portal.pending()).toBe(0);
    expect((await world.rows.history('access#a')).at(-1)).toMatchObject({ event: 'dismissed', details: decision });
  });

  it('says that it ends no delivery where a whole one was to end and none is held', async () => {
    const world = await refused();
    const incident = await incidentOf(world, 'm-3');
    const noDelivery = expect.stringMatching(/^No delivery ends with it/);
    expect((await planDismissal(deskOf(world), incident, true)).planned).toContainEqual(noDelivery);
    expect((await planDismissal(deskOf(world), incident, false)).planned).not.toContainEqual(noDelivery);
  });

  it('of what is marked already closes the incident and nothing else', async () => {
    const world = await newWorld();
    await play(world, create('p'), create('p'));
    await decide(world, planDismissal(deskOf(world), await incidentOf(world, 'm-2'), false));

    expect((await incidentsOf(world)).map(isOpen)).toEqual([false]);
    expect((await world.rows.history('project#p')).at(-1)).toMatchObject({
      event: 'incident dismissed',
      messageId: 'm-2',
    });
    await play(world, remove('p'));
    expect(await world.rows.projects()).toEqual([]);
  });

  it('is no more than that for what lasts: it stays dismissed when it is seen again', async () => {
    const world = await newWorld();
    const incident = { subject: 's', expected: 'this', found: 'that' } as const;
    for (const kind of ['marking-refused', 'file-failed'] as const) {
      await raiseIncident(world.context, { ...incident, kind });
      const [row] = (await incidentsOf(world)).filter((each) => each.kind === kind);
      await decide(world, planDismissal(deskOf(world), row as IncidentRow, false));
      await raiseIncident(world.context, { ...incident, kind });
    }
    const open = (await incidentsOf(world)).filter(isOpen).map(({ kind, count }) => [kind, count]);
    expect(open).toEqual([['file-failed', 2]]);
  });

  it('of what names a message that is held for something else leaves the message alone', async () => {
    const world = await refused();
    await raiseIncident(world.context, {
      kind: 'message-id-reused',
      subject: 'm-3 x',
      messageId: 'm-3',
      expected: '',
      found: '',
    });
    const reused = (await incidentsOf(world)).find(({ kind }) => kind === 'message-id-reused');
    await decide(world, planDismissal(deskOf(world), reused as IncidentRow, false));
    expect((await world.rows.message('m-3')).state).toBe('held');
  });

  it('of a deletion that is half done is refused', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    await send(world, remove('p'));
    await world.poll();
    await world.take();
    const { line, position } = await world.rows.message('m-2');
    await world.rows.change('messages', { messageId: 'm-2' }, { state: 'held', heldFrom: 'applying' });
    await world.rows.change('lines', { line, position }, { state: 'held' });
    await raiseIncident(world.context, {
      kind: 'attempts-used-up',
      subject: 'm-2',
      messageId: 'm-2',
      expected: '',
      found: '',
    });

    const plan = planDismissal(deskOf(world), await incidentOf(world, 'm-2'), true);
    await expect(plan).rejects.toThrow('DeleteProject m-2 is half done: it can only be retried');
  });

  it('of a delivery whose files never came leaves none that its deletion does not fit', async () => {
    const world = await newWorld();
    const files = Array.from({ length: 100 }, (_, index) => ({ fileId: `f-${index}`, fileChecksum: '0' }));
    await play(world, create('p'), ['DataDeliveryReady', { projectNo: 'p', files }]);
    await decide(world, planDismissal(deskOf(world), await incidentOf(world, 'm-2'), false));
    await world.run();
    expect(await world.rows.history('file#f-99')).toMatchObject([
      { event: 'dismissed', projectNo: 'p', messageId: 'm-2', details: decision },
    ]);
    await play(world, ['DeleteDataFile', { fileId: 'f-0' }], ['DeleteDataFile', { fileId: 'f-99' }]);
    expect((await incidentsOf(world)).map(isOpen)).toEqual([false]);

    await play(world, ['DeleteDataFile', { fileId: 'g' }]);
    expect((await incidentsOf(world)).filter(isOpen)).toHaveLength(1);
    expect(await world.rows.states()).toMatchObject({ 'm-2': 'marked', 'm-3': 'marked', 'm-4': 'marked' });
  });

  it('of a delivery is refused when another brings one of its files meanwhile: its row counts the history', async () => {
    const world = await newWorld();
    const deliver = (projectNo: string, fileChecksum: string) =>
      play(world, ['DataDeliveryReady', { projectNo, files: [{ fileId: 'f', fileChecksum }] }]);
    await play(world, create('p'), create('q'));
    await deliver('p', '0');
    const incident = await incidentOf(world, 'm-3');
    const desk = before(
      world,
      ({ input }) => JSON.stringify(input).includes(world.tables.history),
      () => deliver('q', 'd41d8cd98f00b204e9800998ecf8427e'),
    );

    expect(await commitAction(desk, await planDismissal(desk, incident, false), decision)).toBe(false);
    expect((await world.rows.history('file#f')).map(({ event }) => event)).toEqual(['registered']);

    expect(await decide(world, planDismissal(deskOf(world), incident, false))).toBe(true);
    expect(await world.rows.history('file#f')).toHaveLength(1);
    await world.run();
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked' });
  });

  it('of a delivery waits until none of its files is under way', () => {
    const files = (...states: ('stored' | 'failed' | 'pending')[]) => states.map((state) => ({ state }));
    expect(problemOfDismissal(files('stored', 'pending'), true)).toContain('1 of its files are still under way');
    expect(problemOfDismissal(files('stored', 'failed'), false)).toContain('--whole-delivery');
    expect(problemOfDismissal(files('stored', 'failed'), true)).toBeUndefined();
  });
});

describe('a message of a type that is held for approval', () => {
  it('waits, and is carried out when it is approved', async () => {
    const world = await newWorld({ holdTypes: ['DeleteProject'] });
    await play(world, create('p'), grant('p', 'a'), remove('p'), create('p'));
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'held', 'm-4': 'open' });
    expect(await incidentOf(world, 'm-3')).toMatchObject({ kind: 'needs-approval', count: 1 });

    await decide(world, planApproval(deskOf(world), 'm-3'));
    await world.run();

    expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked', 'm-4': 'marked' });
    expect((await incidentsOf(world)).map(isOpen)).toEqual([false]);
    const events = await world.rows.history('project#p');
    expect(events.map(({ event }) => event)).toEqual(['created', 'approved', 'deletion begun', 'deleted', 'created']);
  });

  it('can be dismissed instead', async () => {
    const world = await newWorld({ holdTypes: ['DeleteProject'] });
    await play(world, create('p'), remove('p'));
    await decide(world, planDismissal(deskOf(world), await incidentOf(world, 'm-2'), false));
    await world.run();
    expect([(await world.rows.states())['m-2'], (await world.rows.projects()).length]).toEqual(['marked', 1]);
  });

  it('is the only one that can be approved', async () => {
    const world = await refused();
    await expect(planApproval(deskOf(world), 'm-3')).rejects.toThrow('does not wait for approval');
    await expect(planApproval(deskOf(world), 'm-9')).rejects.toThrow('There is no message m-9');
  });
});

describe('a message that is put to work by hand', () => {
  it('does not wait for its backoff', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 500, calls: ['POST /user-accesses'] }] });
    await play(world, grant('p', 'a'));
    expect((await world.rows.message('m-2')).dueAt).toBeGreaterThan(world.clock.now());
    await world.portal.clearFaults();

    await decide(world, planRequeue(deskOf(world), 'm-2'));
    await world.poll();
    await world.work();

    expect(await world.rows.states()).toMatchObject({ 'm-2': 'marked' });
    expect((await world.rows.history('access#a')).map(({ event }) => event)).toContain('requeued');
  });

  it.each([
    [{ state: 'held' }, 'decide about its incident'],
    [{ state: 'marked' }, 'it is in no queue'],
    [{ state: 'working' }, 'it is in no queue'],
    [{ state: 'open', leaseUntil: 11 }, 'at work just now'],
    [{ state: 'open', leaseUntil: 10 }, undefined],
    [{ state: 'working', type: 'ReturnDataFile' }, undefined],
  ] as const)('has something to work on: %j', (record, problem) => {
    const found = problemOfRequeue({ messageId: 'm', type: 'CreateProject', ...record }, 10);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(problem);
  });
});

describe('a pause', () => {
  it('keeps everything from being begun until it ends', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    await decide(world, planPause(deskOf(world)));
    await expect(planPause(deskOf(world))).rejects.toThrow('Paused already, by ann: DST says so');
    await play(world, disable('a'));
    expect(await world.rows.states()).not.toHaveProperty('m-3');

    await decide(world, planResume(deskOf(world)));
    world.clock.advance(minute);
    await world.run();

    expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked' });
    await expect(planResume(deskOf(world))).rejects.toThrow('Not paused');
    const events = await world.rows.history('gateway');
    expect(events.map(({ event, sequence }) => [event, sequence])).toEqual([
      ['paused', 1],
      ['resumed', 2],
    ]);
  });
});
