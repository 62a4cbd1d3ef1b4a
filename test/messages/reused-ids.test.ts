import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitAction } from '../../shared/decisions/context.ts';
import { planDismissal } from '../../shared/decisions/dismiss.ts';
import { planRetry } from '../../shared/decisions/retry.ts';
import { keyOfReused } from '../../shared/messages/poll/reused-ids.ts';
import { type IncidentRow, isOpen } from '../../shared/operations/incidents.ts';
import { idSchema } from '../../shared/portal/id.ts';
import { create, disable, grant, revoke, type Step } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { minute, type World } from '../support/world.ts';

const newWorld = useWorlds();
const decision = { by: 'ann', reason: 'the portal was set up anew' };

/** Lists messages as a portal does that numbers from 0. */
const list = ({ portal }: World, ...steps: Step[]) =>
  portal.sendMany(
    steps.map(([messageType, data], index) => ({ messageType, data, messageId: index, timestamp: null })),
  );

/** A portal that was set up anew and lists these messages. */
async function restart(world: World, ...steps: Step[]): Promise<void> {
  await world.portal.reset();
  await list(world, ...steps);
}

const reusedOf = async ({ rows }: World) =>
  (await rows.all<IncidentRow>('incidents')).filter(({ kind }) => kind === 'message-id-reused');

async function settle(world: World, how: 'retry' | 'dismiss'): Promise<number> {
  const desk = { ...world.context, tables: world.tables };
  const open = (await reusedOf(world)).filter(isOpen);
  for (const incident of open) {
    const action = await (how === 'retry' ? planRetry(desk, incident) : planDismissal(desk, incident, false));
    expect(await commitAction(desk, action, decision)).toBe(true);
  }
  return open.length;
}

const marks = async ({ portal }: World) => (await portal.snapshot()).messages.map(({ marked }) => marked);
const projectNos = async ({ rows }: World) => (await rows.projects()).map(({ projectNo }) => projectNo).toSorted();
const markingFails = { kind: 'status', status: 500, calls: ['PATCH /messages/{id}'] } as const;

describe('a portal that begins to number anew', () => {
  it('has its messages told for as long as it lists them, and none carried out or marked', async () => {
    const world = await newWorld();
    await list(world, create('a'), create('b'));
    await world.run();
    await restart(world, create('c'), create('d'));
    for (let polls = 0; polls < 5; polls++) await world.run();
    expect(await projectNos(world)).toEqual(['a', 'b']);
    expect(await marks(world)).toEqual([false, false]);
    const incidents = await reusedOf(world);
    expect(incidents.map((incident) => [incident.messageId, isOpen(incident), incident.count])).toEqual(
      expect.arrayContaining([
        ['0', true, 5],
        ['1', true, 5],
      ]),
    );
    expect(incidents[0]).toMatchObject({
      expected: 'the CreateProject that had this id before',
      found: expect.stringMatching(/^other content, CreateProject of project#[cd]: /),
    });
  });

  it('has them carried out when a person takes them as new work, once', async () => {
    const world = await newWorld();
    await list(world, create('p'), grant('p', 'a'));
    await world.run();
    await restart(world, create('q'), grant('q', 'b'), disable('b'));
    await world.run();
    expect(await settle(world, 'retry')).toBe(2);
    await world.run();
    expect(await projectNos(world)).toEqual(['p', 'q']);
    expect(await marks(world)).toEqual([true, true, true]);
    expect((await world.rows.lines()).length).toBe(0);
    expect((await reusedOf(world)).map(isOpen)).toEqual([false, false]);
    const states = await world.rows.states();
    expect(Object.keys(states).filter((id) => /^[01]~[\da-f]{16}$/.test(id))).toHaveLength(2);
    await world.run();
    expect(await world.rows.states()).toEqual(states);
  });

  it('has each message send a password of its own', async () => {
    const world = await newWorld();
    const sent = async () =>
      [...(await world.portal.snapshot()).credentials.values()].flat().map(({ oneTimePassword }) => oneTimePassword);
    await list(world, create('p'), grant('p', 'a'), revoke('a'));
    await world.run();
    const before = await sent();
    await restart(world, create('q'), grant('q', 'a'));
    await world.run();
    await settle(world, 'retry');
    await world.run();
    expect(before).toHaveLength(1);
    expect(await sent()).toEqual([expect.not.stringMatching(before[0] ?? '')]);
    expect((await world.rows.user('a'))?.passwordMessageId).toMatch(/^1~/);
  });

  it('has them marked, and nothing done, when a person takes them as the old ones', async () => {
    const world = await newWorld();
    await list(world, create('a'), create('b'));
    await world.run();
    await restart(world, create('c'), create('d'));
    await world.run();
    expect(await settle(world, 'dismiss')).toBe(2);
    await world.run();
    expect(await projectNos(world)).toEqual(['a', 'b']);
    expect(await marks(world)).toEqual([true, true]);
    await restart(world, create('c'));
    world.clock.advance(20 * minute);
    await world.run();
    expect(await marks(world)).toEqual([true]);
    expect((await reusedOf(world)).map(isOpen)).toEqual([false, false]);
  });

  it('may do so again and again, and each content has its own decision', async () => {
    const world = await newWorld();
    await list(world, create('a'));
    await world.run();
    for (const [projectNo, how] of [
      ['b', 'retry'],
      ['c', 'dismiss'],
      ['d', 'retry'],
      ['e', 'dismiss'],
    ] as const) {
      await restart(world, create(projectNo));
      await world.run();
      expect(await marks(world), projectNo).toEqual([false]);
      expect(await settle(world, how), projectNo).toBe(1);
      await world.run();
      expect(await marks(world), projectNo).toEqual([true]);
    }
    expect(await projectNos(world)).toEqual(['a', 'b', 'd']);
    // One that was taken as new work before is known by its content.
    await restart(world, create('b'));
    world.clock.advance(20 * minute);
    await world.run();
    expect(await marks(world)).toEqual([true]);
    expect(await projectNos(world)).toEqual(['a', 'b', 'd']);
  });

  it('in the middle of unfinished work: what is old is not told to a portal that lists something else under its id', async () => {
    const world = await newWorld();
    await world.portal.setFaults({ rules: [markingFails] });
    await list(world, create('p'));
    await world.run();
    await world.portal.clearFaults();
    await restart(world, create('q'));
    await world.run();
    expect(await world.rows.states()).toEqual({ '0': 'done' });
    expect(await marks(world)).toEqual([false]);
    await settle(world, 'retry');
    await world.run();
    expect(await marks(world)).toEqual([true]);
    expect(new Set(Object.values(await world.rows.states()))).toEqual(new Set(['marked']));
    expect(await projectNos(world)).toEqual(['p', 'q']);
  });

  it('in the middle of unfinished work: what is taken as old is marked when the old one is done', async () => {
    const world = await newWorld({ maxAttempts: 50 });
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 503, calls: ['POST /user-accesses'] }] });
    await list(world, create('p'), grant('p', 'a'));
    await world.run();
    await restart(world, create('p'), grant('p', 'a2'));
    await world.run();
    await settle(world, 'dismiss');
    await world.run();
    expect(await world.rows.states()).toEqual({ '0': 'marked', '1': 'applied' });
    expect(await marks(world)).toEqual([true, false]);
    await world.portal.clearFaults();
    world.clock.advance(60 * minute);
    await world.run();
    expect(await world.rows.states()).toEqual({ '0': 'marked', '1': 'marked' });
    expect(await marks(world)).toEqual([true, true]);
  });

  it('with the very same content lists nothing new: the portal is told again', async () => {
    const world = await newWorld();
    await list(world, create('a'));
    await world.run();
    await restart(world, create('a'));
    await world.run();
    expect(await marks(world)).toEqual([true]);
    expect(await reusedOf(world)).toEqual([]);
  });
});

describe('many ids that a portal uses again', () => {
  it('are written about once a poll', async () => {
    const world = await newWorld();
    const count = 150;
    const projects = (prefix: string) => Array.from({ length: count }, (_, index) => create(`${prefix}-${index}`));
    await list(world, ...projects('a'));
    await world.portal.setFaults({ rules: [markingFails] });
    await world.run();
    await restart(world, ...projects('b'));
    let writes = 0;
    world.outside.before = ({ name }) => {
      if (name === 'UpdateItemCommand' || name === 'TransactWriteItemsCommand') writes += 1;
    };
    await world.poll();
    expect(await reusedOf(world)).toHaveLength(count);
    // The message, and the incident, which a refused count has found to be new.
    expect(writes).toBeLessThan(3 * count + 20);
  });
});

describe('two contents of one id in one list', () => {
  it('are marked when both are done, not before', async () => {
    const world = await newWorld({ maxAttempts: 50 });
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 503, calls: ['POST /user-accesses'] }] });
    await list(world, create('p'));
    await world.portal.send('CreateProjectAccess', { projectNo: 'p', accessIdentifier: 'a' }, { messageId: '0' });
    await world.run();
    expect(await marks(world)).toEqual([false, false]);
    await settle(world, 'retry');
    await world.run();
    expect(Object.values(await world.rows.states()).toSorted()).toEqual(['applied', 'done']);
    expect(await marks(world)).toEqual([false, false]);
    await world.portal.clearFaults();
    world.clock.advance(60 * minute);
    await world.run();
    await world.run();
    expect(await marks(world)).toContain(true);
    expect(Object.values(await world.rows.states())).toEqual(['marked', 'marked']);
  });
});

describe('the key of a message whose id belongs to another', () => {
  it('is an id, and the same for the same content alone', () => {
    const id = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 256 })
      .filter((text) => idSchema.safeParse(text).success);
    const hash = fc.stringMatching(/^[\da-f]{64}$/);
    fc.assert(
      fc.property(id, hash, hash, (messageId, one, two) => {
        expect(idSchema.parse(keyOfReused(messageId, one))).not.toBe(messageId);
        expect(keyOfReused(messageId, one) === keyOfReused(messageId, two)).toBe(one.slice(0, 16) === two.slice(0, 16));
      }),
    );
  });
});

it('is not marked for a message at work that had its id before, though nobody could be told of it', async () => {
  const world = await newWorld();
  await world.portal.setFaults({ rules: [{ kind: 'status', status: 500, calls: ['POST /user-accesses'] }] });
  await list(world, create('p'), grant('p', 'a'));
  await world.run();
  await restart(world, create('p'), create('q'));
  await world.portal.clearFaults();
  world.clock.advance(10 * minute);
  let failures = 0;
  world.outside.before = ({ input }) => {
    if (!JSON.stringify(input)?.includes('message-id-reused')) return;
    failures += 1;
    throw new Error('no answer');
  };
  await world.poll().catch(() => {});
  expect(failures).toBe(1);
  await world.work();
  expect(await marks(world)).toEqual([true, false]);
  world.outside.heal();
  await world.run();
  expect(await marks(world)).toEqual([true, false]);
  expect((await reusedOf(world)).map(isOpen)).toEqual([true]);
});
