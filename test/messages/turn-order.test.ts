import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LineEntry, MessageState } from '../../shared/messages/record.ts';
import { positionOf } from '../../shared/messages/subject.ts';
import { isRevocation, mayWork } from '../../shared/messages/turn-order.ts';
import { type MessageType, messageTypes } from '../../shared/portal/message-schema.ts';

const states: MessageState[] = ['open', 'applying', 'applied', 'working', 'done', 'held', 'superseded', 'dismissed'];
const workable = new Set<MessageState>(['open', 'applying', 'applied']);
const ofFiles: string[] = ['DeleteDataFile', 'ReturnDataFile'];
const ofProjects: string[] = ['CreateProject', 'DeleteProject', 'DataDeliveryReady'];

/** Subject of a message of each type. */
const subjectFor = (type: MessageType, name: string) => {
  if (ofProjects.includes(type)) return 'project#1';
  return ofFiles.includes(type) ? `file#${name}` : `access#${name}`;
};

const entry = (type: MessageType, state: MessageState, more: Partial<LineEntry> = {}, index = 0): LineEntry => ({
  line: 'project#1',
  position: positionOf(1, index),
  messageId: `m-${index}`,
  type,
  state,
  contentHash: '',
  subject: subjectFor(type, 'a'),
  ...more,
});

const anyLine = fc
  .array(
    fc.record({
      type: fc.constantFrom(...messageTypes),
      state: fc.constantFrom(...states),
      name: fc.constantFrom('a', 'b'),
      yields: fc.boolean(),
      fails: fc.boolean(),
    }),
    { maxLength: 12 },
  )
  .map((entries) =>
    entries.map(({ type, state, name, ...more }, index) =>
      entry(type, state, { subject: subjectFor(type, name), ...more }, index),
    ),
  );

const olderThan = (line: readonly LineEntry[], one: LineEntry) => line.slice(0, line.indexOf(one));
const isInTheWay = ({ state }: LineEntry) => workable.has(state) || state === 'held';

const isHealthyReturn = ({ type, state, yields }: LineEntry) =>
  type === 'ReturnDataFile' && state === 'working' && !yields;

/** Whether an effect is missing that comes without a person, and without a retry if a revocation of an access asks. */
const isMissing = (line: readonly LineEntry[], { type }: LineEntry) => {
  const stops = ({ state, yields, fails }: LineEntry) =>
    state === 'held' || yields || (fails && type.endsWith('Access'));
  return (one: LineEntry) => {
    if (one.state !== 'open') return one.state === 'applying';
    // A revocation that waits does so for something older, which stops a return, or does not.
    const waits = ({ type, state, yields }: LineEntry) => isRevocation(type) && state !== 'held' && yields;
    const before = isRevocation(one.type) ? [] : olderThan(line, one).filter(isInTheWay);
    return !(stops(one) || before.some((each) => stops(each) && !(one.type === 'ReturnDataFile' && waits(each))));
  };
};

/** Whether a revocation depends on an older message that has no effect yet. */
const dependsOn = (one: LineEntry) => (older: LineEntry) => {
  if (one.type === 'DeleteProject') return true;
  return older.subject === one.subject || (one.type === 'DeleteDataFile' && ofProjects.includes(older.type));
};

describe('what may work in a line', () => {
  it('lets no deletion pass a return for a revocation that waits for nobody any more', () => {
    const line = [
      entry('DataDeliveryReady', 'working', {}, 1),
      entry('CreateProjectAccess', 'open', {}, 2),
      entry('DisableProjectAccess', 'open', { yields: true }, 3),
      entry('ReturnDataFile', 'open', {}, 4),
      entry('DeleteDataFile', 'open', {}, 5),
    ];
    expect(mayWork(line).map(({ type }) => type)).toEqual(['CreateProjectAccess']);
  });

  it('lets a deletion pass what is no return behind a revocation that looks again later', () => {
    const line = [
      entry('DataDeliveryReady', 'working', {}, 1),
      entry('DeleteDataFile', 'open', { yields: true }, 2),
      entry('CreateProjectAccess', 'open', {}, 3),
      entry('DeleteProject', 'open', {}, 4),
    ];
    expect(mayWork(line).map(({ type }) => type)).toContain('DeleteProject');
  });

  it('lets a deletion pass a return behind a revocation that waits for a person in another line', () => {
    const creation = entry('CreateProjectAccess', 'held', { line: 'project#2' }, 1);
    const { line: other, position, messageId } = creation;
    const follows = [{ line: other, position, messageId }];
    const line = [
      creation,
      entry('DisableProjectAccess', 'open', { yields: true, follows }, 2),
      entry('ReturnDataFile', 'open', {}, 3),
      entry('DeleteDataFile', 'open', {}, 4),
    ];
    expect(mayWork(line).map(({ type }) => type)).toContain('DeleteDataFile');
  });

  it('is only what has work left', () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        for (const chosen of mayWork(line)) expect(workable).toContain(chosen.state);
      }),
    );
  });

  it('is, of messages that are no revocations, the first whose turn is not over', () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        const normal = mayWork(line).filter(({ type }) => !isRevocation(type));
        const first = line.filter(isInTheWay)[0];
        const expected = first && workable.has(first.state) && !isRevocation(first.type) ? [first] : [];
        expect(normal).toEqual(expected);
      }),
    );
  });

  it('is every revocation before which nothing is missing that it depends on, and no healthy return', () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        const expected = line.filter((one) => {
          if (!isRevocation(one.type) || !workable.has(one.state)) return false;
          const older = olderThan(line, one);
          const returns = older.filter(isHealthyReturn);
          const waits =
            one.type === 'DeleteProject' ? returns.length > 0 : returns.some(({ subject }) => subject === one.subject);
          return !waits && !older.filter(isMissing(line, one)).some(dependsOn(one));
        });
        expect(mayWork(line).filter(({ type }) => isRevocation(type))).toEqual(expected);
      }),
    );
  });

  it('is, of the others, the same for a deletion out of the way as for one that is done', () => {
    const place = fc.record({ index: fc.nat(12), state: fc.constantFrom('applied', 'held'), fails: fc.boolean() });
    fc.assert(
      fc.property(anyLine, place, (others, { index, ...deletion }) => {
        const lineWith = (more: Partial<LineEntry>) =>
          others
            .toSpliced(index, 0, entry('DeleteProjectAccess', 'done', more))
            .map((each, at) => ({ ...each, position: positionOf(1, at), messageId: `m-${at}` }));
        const own = `m-${Math.min(index, others.length)}`;
        const othersOf = (line: LineEntry[]) => mayWork(line).filter(({ messageId }) => messageId !== own);
        expect(othersOf(lineWith({ ...deletion, outOfTheWay: true } as Partial<LineEntry>))).toEqual(
          othersOf(lineWith({})),
        );
      }),
    );
  });

  it('is the same whatever the order in which entries come', () => {
    fc.assert(
      fc.property(anyLine, fc.func(fc.nat()), (line, key) => {
        const shuffled = line.toSorted((a, b) => key(a) - key(b));
        expect(mayWork(shuffled)).toEqual(mayWork(line));
      }),
    );
  });

  it.each([
    ['DataDeliveryReady', 'applying'],
    ['DataDeliveryReady', 'held'],
    ['CreateProjectAccess', 'open'],
    ['ResetPassword', 'applied'],
    ['DeleteDataFile', 'applying'],
    ['DeleteProject', 'applying'],
    ['ReturnDataFile', 'working'],
  ] as const)('lets the revocation of an access pass a %s of others that is %s', (type, state) => {
    const line = [
      entry(type, state, { subject: subjectFor(type, 'b') }),
      entry('DisableProjectAccess', 'open', {}, 1),
      entry('DeleteProjectAccess', 'open', { subject: 'access#c' }, 2),
    ];
    expect(mayWork(line)).toEqual(expect.arrayContaining(line.slice(1)));
  });

  it.each(['open', 'applying'] as const)('lets no revocation pass what is %s about the same access', (state) => {
    const line = [entry('CreateProjectAccess', state), entry('DeleteProjectAccess', 'open', {}, 1)];
    expect(mayWork(line)).toEqual([line[0]]);
  });

  it('lets a revocation pass what is stuck behind a held message, and a revocation that waits for a person', () => {
    const line = [
      entry('CreateProjectAccess', 'held'),
      entry('EnableProjectAccess', 'open', {}, 1),
      entry('DisableProjectAccess', 'open', { yields: true }, 2),
      entry('DisableProjectAccess', 'open', {}, 3),
    ];
    expect(mayWork(line)).toEqual([line[2], line[3]]);
  });

  it('lets a revocation pass what waits behind a message whose credentials can not be delivered', () => {
    const line = [
      entry('CreateProjectAccess', 'applied', { subject: 'access#b', fails: true }),
      entry('ResetPassword', 'open', {}, 1),
      entry('DisableProjectAccess', 'open', {}, 2),
    ];
    expect(mayWork(line)).toEqual([line[0], line[2]]);
  });

  it('lets the deletion of a file pass what is about other files and accesses, but no delivery', () => {
    const deletion = entry('DeleteDataFile', 'open', {}, 2);
    const others = [
      entry('ResetPassword', 'open'),
      entry('DeleteDataFile', 'applying', { subject: 'file#b' }, 1),
      deletion,
    ];
    expect(mayWork(others)).toContain(deletion);
    expect(mayWork([entry('DataDeliveryReady', 'open'), deletion])).not.toContain(deletion);
  });

  it.each([
    ['DeleteProject', 'project#1', {}, false],
    ['DeleteDataFile', 'file#a', {}, false],
    ['DeleteDataFile', 'file#b', {}, true],
    ['DeleteDataFile', 'file#a', { yields: true }, true],
    ['DeleteProject', 'project#1', { yields: true }, true],
  ] as const)('%s of %s behind a return of file#a that has %o: may work is %s', (type, subject, more, expected) => {
    const line = [entry('ReturnDataFile', 'working', more), entry(type, 'open', { subject }, 1)];
    expect(mayWork(line).length > 0).toBe(expected);
  });
});

describe('what a message creates', () => {
  const misfit = (type: MessageType, state: MessageState, lacks: string, index = 0) =>
    entry(type, state, { lacks, ...(state === 'open' ? { yields: true } : {}) }, index);
  const create = entry('CreateProject', 'open', {}, 5);

  it.each(['held', 'open'] as const)('passes what does not fit without it and is %s, and what is behind', (state) => {
    const line = [
      misfit('DataDeliveryReady', state, 'project#1'),
      entry('CreateProjectAccess', 'open', {}, 1),
      create,
      entry('CreateProjectAccess', 'open', {}, 6),
    ];
    expect(mayWork(line).filter(({ type }) => type === 'CreateProject')).toEqual([create]);
  });

  it.each([
    ['is held for another reason', [entry('DataDeliveryReady', 'held')]],
    ['lacks something else', [misfit('ReturnDataFile', 'held', 'file#a')]],
    ['is at work', [misfit('DataDeliveryReady', 'held', 'project#1'), entry('DeleteProject', 'applying', {}, 1)]],
    ['creates it before', [misfit('DataDeliveryReady', 'held', 'project#1'), entry('CreateProject', 'open', {}, 1)]],
  ])('does not pass what %s', (_, older) => {
    expect(mayWork([...older, create])).not.toContain(create);
  });

  it('may be a file of a delivery that follows its return', () => {
    const returned = { ...misfit('ReturnDataFile', 'held', 'file#a'), line: 'file#a' };
    const { line, position, messageId } = returned;
    const follows = [{ line, position, messageId }];
    const delivery = entry('DataDeliveryReady', 'open', { follows, creates: ['file#a'] }, 1);
    expect(mayWork([returned, delivery])).toEqual([delivery]);
  });
});

describe('a message that follows one of another line', () => {
  const first = (type: MessageType, state: MessageState, more: Partial<LineEntry> = {}) =>
    entry(type, state, { line: 'project#2', ...more });
  const at = (index: number) => ({ position: positionOf(1, index), messageId: `m-${index}` });
  const behind = (older: LineEntry, type: MessageType) => {
    const { line, position, messageId } = older;
    return entry(type, 'open', { follows: [{ line, position, messageId }] }, 5);
  };

  it.each([
    ['CreateProjectAccess', 'DeleteProjectAccess', 'open', false],
    ['CreateProjectAccess', 'DeleteProjectAccess', 'held', false],
    ['CreateProjectAccess', 'DeleteProjectAccess', 'done', true],
    ['CreateProjectAccess', 'DeleteProject', 'applying', false],
    ['DisableProjectAccess', 'CreateProjectAccess', 'open', false],
    ['DisableProjectAccess', 'CreateProjectAccess', 'applied', true],
    ['DisableProjectAccess', 'CreateProjectAccess', 'held', true],
    ['EnableProjectAccess', 'CreateProjectAccess', 'held', true],
    ['DeleteDataFile', 'ReturnDataFile', 'working', false],
    ['DeleteDataFile', 'ReturnDataFile', 'held', true],
    ['DeleteProject', 'ReturnDataFile', 'working', false],
  ] as const)('%s behind %s that is %s: may work is %s', (type, olderType, state, expected) => {
    const older = first(olderType, state);
    const follower = behind(older, type);
    expect(mayWork([older, follower]).includes(follower)).toBe(expected);
  });

  it.each(['applied', 'held'] as const)('does not wait for a deletion that is %s and out of the way', (state) => {
    const older = first('DeleteProjectAccess', state, { outOfTheWay: true });
    const follower = behind(older, 'CreateProjectAccess');
    expect(mayWork([older, follower])).toContain(follower);
  });

  it('waits for what is behind a revocation that looks again later, when nothing but a failure is in the way', () => {
    const failed = first('CreateProject', 'open', { fails: true });
    const line = [
      failed,
      first('CreateProjectAccess', 'open', { position: positionOf(1, 1), messageId: 'm-1' }),
      first('DisableProjectAccess', 'open', { position: positionOf(1, 2), messageId: 'm-2', yields: true }),
    ];
    const delivery = first('DataDeliveryReady', 'open', { position: positionOf(1, 3), messageId: 'm-3' });
    const follower = behind(delivery, 'DataDeliveryReady');
    expect(mayWork([...line, delivery, follower])).not.toContain(follower);
    const repaired = line.map((each) => (each === failed ? { ...each, state: 'done' as const } : each));
    expect(mayWork([...repaired, delivery, follower]), 'when that is over').not.toContain(follower);
    const held = line.map((each) => (each === failed ? { ...each, state: 'held' as const } : each));
    expect(mayWork([...held, delivery, follower]), 'when a person has to decide').toContain(follower);
  });

  it.each([
    ['waits for what is behind one that the creation after it is to fit', undefined, false],
    ['passes what is behind one that waits for a creation which a person has to let go', 'held', true],
    ['passes what is behind one that waits for a creation behind a held message', 'behind a held one', true],
  ] as const)('%s', (_, creation, expected) => {
    const misfit = first('CreateProjectAccess', 'open', { yields: true, lacks: 'project#2' });
    const state = creation === 'held' ? 'held' : 'open';
    const inTheWay = first('EnableProjectAccess', creation === 'behind a held one' ? 'held' : 'done', at(1));
    const access = first('CreateProjectAccess', 'open', { ...at(2), subject: 'access#b' });
    const follower = behind(access, 'CreateProjectAccess');
    const line = [
      misfit,
      inTheWay,
      access,
      first('CreateProject', state, { ...at(3), subject: 'project#2' }),
      follower,
    ];
    expect(mayWork(line).includes(follower)).toBe(expected);
  });

  it('may work when that is marked, and has no place any more', () => {
    const follower = behind(first('DeleteProjectAccess', 'done'), 'CreateProjectAccess');
    expect(mayWork([follower])).toEqual([follower]);
  });

  it('is passed by revocations of its line only when that waits for a person', () => {
    const older = first('DeleteProjectAccess', 'open');
    const follower = behind(older, 'CreateProjectAccess');
    const revocation = entry('DisableProjectAccess', 'open', {}, 6);
    expect(mayWork([older, follower, revocation])).toEqual([older]);
    expect(mayWork([{ ...older, state: 'held' }, follower, revocation])).toEqual([revocation]);
  });
});
