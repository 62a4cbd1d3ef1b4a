import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRevocation, mayWork } from '../../shared/messages/lines.ts';
import { isSettled, type LineEntry, type MessageState, type Standing } from '../../shared/messages/record.ts';
import { type Seen, seenSchema, showsAsNext, toTravel } from '../../shared/messages/seen.ts';
import { type MessageType, messageTypes } from '../../shared/portal/messages.ts';
import { create, disable, grant, play, remove, reset, send } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { minute, type Queued, type World } from '../support/world.ts';

const newWorld = useWorlds();

const states: MessageState[] = ['open', 'applying', 'applied', 'working', 'done', 'held', 'superseded', 'dismissed'];

const anyLine = fc
  .array(
    fc.record({
      type: fc.constantFrom(...messageTypes),
      state: fc.constantFrom(...states),
      subject: fc.constantFrom('file#a', 'file#b'),
      yields: fc.boolean(),
    }),
    { maxLength: 14 },
  )
  .map((entries) => entries.map((entry, index): Standing => ({ messageId: `m-${index}`, ...entry })));

/** What may become of a message while others look away; but no person takes one up, and no work under way is held. */
const later: Partial<Record<MessageState, readonly MessageState[]>> = {
  open: ['open', 'applying', 'applied', 'working', 'done', 'held', 'superseded'],
  applying: ['applying', 'done'],
  applied: ['applied', 'done', 'held', 'superseded'],
  working: ['working', 'done', 'superseded'],
};

const idsOf = (entries: readonly Standing[]) => entries.map(({ messageId }) => messageId);
const inState = (entries: readonly Standing[], messageId: string, state: MessageState): Standing[] =>
  entries.map((entry) => (entry.messageId === messageId ? { ...entry, state } : entry));

/** A line some time later: of what is behind a message that is no revocation, nothing but revocations can have begun. */
function afterwards(line: readonly Standing[], next: Standing, chances: readonly number[]): Standing[] {
  return line.map((entry, index) => {
    const goesOn = index < line.indexOf(next) || isRevocation(entry.type);
    const possible = (goesOn && later[entry.state]) || [entry.state];
    return { ...entry, state: possible[(chances[index] ?? 0) % possible.length] ?? entry.state };
  });
}

describe('what travels of a line', () => {
  it('lets the one who finishes a message claim only what may work by then', () => {
    const chances = fc.array(fc.nat(), { minLength: 14, maxLength: 14 });
    const ends = fc.constantFrom<MessageState>('applied', 'working', 'done');
    fc.assert(
      fc.property(anyLine, chances, ends, (line, drawn, end) => {
        for (const next of mayWork(line)) {
          const seen = toTravel({ at: 0, entries: line }, next.messageId);
          if (!seen) continue;
          const now = inState(afterwards(line, next, drawn), next.messageId, end);
          const candidates = mayWork(inState(seen.entries, next.messageId, end));
          // A claim asks for the state that was seen; and revocations read the line before they begin.
          const claimed = candidates.filter(
            ({ messageId, type, state }) =>
              !isRevocation(type) && now.some((entry) => entry.messageId === messageId && entry.state === state),
          );
          expect(showsAsNext(seen, next.messageId, 1)).toBe(true);
          expect(idsOf(mayWork(now))).toEqual(expect.arrayContaining(idsOf(claimed)));
        }
      }),
    );
  });

  it('is of ids and states alone, of bounded length, and what was sent is what is read', () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        const entries = line.map(
          (entry, index): LineEntry => ({ ...entry, line: 'l', position: `${index}`, contentHash: 'h' }) as LineEntry,
        );
        for (const { messageId } of entries) {
          const seen = toTravel({ at: 7, entries }, messageId);
          if (!seen) continue;
          expect(seen.entries.length).toBeLessThanOrEqual(10);
          expect(seenSchema.parse(JSON.parse(JSON.stringify(seen)))).toEqual(seen);
          expect(JSON.stringify(seen)).not.toContain('contentHash');
        }
      }),
    );
  });

  it('is nothing for a revocation with something unfinished before it, and nothing for a message too far behind', () => {
    const entry = (type: MessageType, index: number): Standing => ({ messageId: `m-${index}`, type, state: 'working' });
    const entries = Array.from({ length: 11 }, (_, index) => entry('DataDeliveryReady', index));
    const disabling: Standing = { ...entry('DisableProjectAccess', 1), state: 'open' };
    for (const state of states) {
      const seen = toTravel({ at: 0, entries: [{ ...entry('ResetPassword', 0), state }, disabling] }, 'm-1');
      expect(seen !== undefined).toBe(isSettled(state));
      expect(seen === undefined || showsAsNext(seen, 'm-1', 1)).toBe(true);
    }
    expect(toTravel({ at: 0, entries }, 'm-9')).toBeDefined();
    expect(toTravel({ at: 0, entries }, 'm-10')).toBeUndefined();
  });
});

/** Counts how often the lines are read. */
function watchReads(world: World): () => number {
  let reads = 0;
  world.outside.before = ({ name }) => {
    if (name === 'QueryCommand') reads += 1;
  };
  return () => reads;
}

async function takeOne(world: World): Promise<Queued & { seen: Seen }> {
  const [queued] = await world.take();
  if (!queued?.seen) throw new Error('nothing is queued that tells of its line');
  return { ...queued, seen: queued.seen };
}

describe('a handler that was told of its line', () => {
  it('does not read it, but for the last one, which looks whether something came', async () => {
    const world = await newWorld();
    await send(world, create('p'), grant('p', 'a'), reset('a'), reset('a'), reset('a'));
    await world.poll();
    const reads = watchReads(world);
    expect(await world.work()).toBe(5);
    expect(reads()).toBe(1);
    expect(await world.portal.pending()).toBe(0);
  });

  it('reads it from time to time when it is long, and keeps its order', async () => {
    const world = await newWorld();
    const many = Array.from({ length: 23 }, () => reset('a'));
    const ids = await send(world, create('p'), grant('p', 'a'), ...many);
    await world.poll();
    const reads = watchReads(world);
    expect(await world.work()).toBe(25);
    expect(reads()).toBe(3);
    const causes = (await world.rows.history('access#a')).map(({ messageId }) => messageId);
    expect(causes).toEqual(ids.slice(1));
  });

  it('has one effect when its queue message comes again, before and after', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    await send(world, grant('p', 'a'), reset('a'));
    await world.poll();
    const queued = await takeOne(world);
    await Promise.all([world.handle(queued), world.handle(queued)]);
    await world.handle(queued);
    await world.work();
    await world.handle(queued);
    expect((await world.rows.history('access#a')).map(({ event }) => event)).toEqual(['created', 'password reset']);
    expect(await world.rows.incidents()).toEqual([]);
  });

  it('queues what came behind it meanwhile', async () => {
    const world = await newWorld();
    await send(world, create('p'));
    await world.poll();
    const queued = await takeOne(world);
    await send(world, grant('p', 'a'));
    await world.poll();
    await world.handle(queued);
    expect(await world.work()).toBe(1);
    expect(await world.portal.pending()).toBe(0);
  });

  it('reads the line when the next message is not as it was, and goes on with the one after', async () => {
    const world = await newWorld();
    await send(world, create('p'), grant('p', 'a'), grant('p', 'b'));
    await world.poll();
    const queued = await takeOne(world);
    const { line, position } = await world.rows.message('m-2');
    await world.rows.change('messages', { messageId: 'm-2' }, { state: 'dismissed' });
    await world.rows.change('lines', { line, position }, { state: 'dismissed' });
    await world.handle(queued);
    expect(await world.take()).toMatchObject([{ messageId: 'm-3' }]);
    expect(await world.rows.message('m-2')).toMatchObject({ state: 'dismissed', attempts: 0 });
  });

  it('reads the line when by what it was told nothing may follow', async () => {
    const world = await newWorld();
    await send(world, create('p'), remove('p'));
    await world.poll();
    const queued = await takeOne(world);
    const [first, deletion] = queued.seen.entries as [Standing, Standing];
    const back: Standing = { messageId: 'm-0', type: 'ReturnDataFile', state: 'working' };
    // The file was being returned when the sender looked.
    await world.handle({ ...queued, seen: { ...queued.seen, entries: [back, first, deletion] } });
    expect(await world.take()).toMatchObject([{ messageId: 'm-2' }]);
  });

  it('is dropped when what it was told is old and is not so any more', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    await send(world, grant('p', 'a'), grant('p', 'b'));
    await world.poll();
    const queued = await takeOne(world);
    const { line, position } = await world.rows.message('m-2');
    await world.rows.change('lines', { line, position }, { state: 'held' });
    const second: Queued = { type: 'CreateProjectAccess', messageId: 'm-3' };
    const entries = queued.seen.entries.slice(1);
    await world.handle({ ...second, seen: { at: world.clock.now() - minute, entries } });
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'open' });
    await world.handle({ ...second, seen: { at: world.clock.now() - minute + 1, entries } });
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked' });
  });

  it('reads the line when what it was told does not show it as next', async () => {
    const world = await newWorld();
    await send(world, create('p'), grant('p', 'a'));
    await world.poll();
    const { seen } = await takeOne(world);
    await world.handle({ type: 'CreateProjectAccess', messageId: 'm-2', seen });
    await world.handle({ type: 'CreateProjectAccess', messageId: 'm-2', seen: { ...seen, entries: [] } });
    expect(await world.rows.states()).toMatchObject({ 'm-1': 'open', 'm-2': 'open' });
  });

  it('of a revocation with something unfinished before it reads the line all the same', async () => {
    const world = await newWorld();
    await send(world, create('p'), grant('p', 'a'), disable('a'));
    await world.poll();
    const { seen } = await takeOne(world);
    await world.handle({ type: 'DisableProjectAccess', messageId: 'm-3', seen });
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'open' });
    expect(await world.rows.incidents()).toEqual([]);
  });

  it('of a revocation with nothing before it reads the line only when it is done', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    await send(world, disable('a'));
    await world.poll();
    const reads = watchReads(world);
    expect(await world.work()).toBe(1);
    expect(reads()).toBe(1);
    expect(await world.rows.user('a')).toMatchObject({ enabled: false });
  });

  it('has ids of any length and kind in it, or is told nothing', async () => {
    const world = await newWorld();
    const long = (index: number) => `${index}`.padStart(256, '\u0001');
    const messages = Array.from({ length: 10 }, (_, index) => ({
      messageType: 'CreateProjectAccess',
      data: { projectNo: 'p', accessIdentifier: long(index) },
      messageId: long(index),
    }));
    await send(world, create('p'));
    await world.portal.sendMany(messages);
    await world.poll();
    expect(await world.take()).toEqual([{ type: 'CreateProject', messageId: 'm-1' }]);
    await world.handle({ type: 'CreateProject', messageId: 'm-1' });
    expect(await world.work()).toBe(10);
    expect(await world.portal.pending()).toBe(0);
  });
});
