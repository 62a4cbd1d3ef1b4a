import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type About, maxFollowed, Predecessors, type StoredProjects } from '../../shared/messages/poll/predecessors.ts';
import type { LineEntry, MessageState } from '../../shared/messages/record.ts';
import { accessSubject, fileSubject, positionOf, projectSubject } from '../../shared/messages/subject.ts';
import { isRevocation, mayWork } from '../../shared/messages/turn-order.ts';

const access = accessSubject('a');
const file = fileSubject('f');
const grant = (projectNo: string): About => ({ type: 'CreateProjectAccess', projectNo, subjects: [access] });
const deliver = (projectNo: string, ...subjects: string[]): About => ({
  type: 'DataDeliveryReady',
  projectNo,
  subjects: subjects.length > 0 ? subjects : [file],
});
const remove = (projectNo: string): About => ({ type: 'DeleteProject', projectNo, subjects: [] });
const about = (type: About['type'], subject = access): About => ({ type, subjects: [subject] });

/** The places of a list's messages. */
function placesOf(list: readonly About[], stored: Record<string, string> = {}) {
  const predecessors = new Predecessors();
  const known: StoredProjects = new Map(
    [...new Set(list.flatMap(({ subjects }) => subjects))].map((subject) => [subject, stored[subject]]),
  );
  return list.map((message, index) => {
    const wanted = predecessors.toLookUp([message]);
    const lookedUp = new Map([...known].filter(([subject]) => wanted.has(subject)));
    const place = predecessors.placeOf(message, lookedUp);
    const entry = { line: place.line, position: positionOf(1, index), messageId: `m-${index}` };
    predecessors.note(message, entry, lookedUp);
    return { ...place, ...entry };
  });
}

const linesOf = (list: readonly About[], stored?: Record<string, string>) =>
  placesOf(list, stored).map(({ line }) => line);
const followedBy = (list: readonly About[], stored?: Record<string, string>) =>
  placesOf(list, stored).map(({ follows = [] }) => follows.map(({ messageId }) => messageId));

describe("a message's line", () => {
  it.each([
    ['that of the project that it names', [deliver('2')], {}, 'project#2'],
    ['that of the project by the tables', [about('DisableProjectAccess')], { [access]: '7' }, 'project#7'],
    ['its own when nobody knows the access', [about('DisableProjectAccess')], {}, access],
    ['its own when nobody knows the file', [about('DeleteDataFile', file)], {}, file],
    ['that of a creation before', [grant('1'), about('DisableProjectAccess')], {}, 'project#1'],
    ['that of a delivery before', [deliver('1'), about('ReturnDataFile', file)], {}, 'project#1'],
    [
      'not that of a creation that does not fit',
      [grant('2'), about('EnableProjectAccess')],
      { [access]: '1' },
      'project#1',
    ],
    [
      'not that of a delivery that does not fit',
      [deliver('2'), about('DeleteDataFile', file)],
      { [file]: '1' },
      'project#1',
    ],
    [
      'that to which it moves',
      [about('DeleteProjectAccess'), grant('2'), about('DisableProjectAccess')],
      { [access]: '1' },
      'project#2',
    ],
    [
      'that to which it moves after its project',
      [remove('1'), grant('2'), about('ResetPassword')],
      { [access]: '1' },
      'project#2',
    ],
    [
      'that of what is deleted',
      [about('DeleteProjectAccess'), about('DisableProjectAccess')],
      { [access]: '1' },
      'project#1',
    ],
    [
      'that of a project that is deleted and made anew',
      [remove('1'), grant('1'), about('ResetPassword')],
      { [access]: '1' },
      'project#1',
    ],
  ] as const)('is %s', (_, list, stored, expected) => {
    expect(linesOf(list, stored).at(-1)).toBe(expected);
  });
});

describe('what a message follows', () => {
  it.each([
    ['nothing in its own line', [grant('1'), about('DisableProjectAccess')], {}, []],
    [
      'the deletion before a creation elsewhere',
      [about('DeleteProjectAccess'), grant('2')],
      { [access]: '1' },
      ['m-0'],
    ],
    ['the deletion of the project that it leaves', [remove('1'), grant('2')], { [access]: '1' }, ['m-0']],
    ['the creation elsewhere, fitting or not', [grant('2'), about('DisableProjectAccess')], { [access]: '1' }, ['m-0']],
    ['what is latest in each line', [grant('2'), grant('3'), grant('2'), grant('1')], {}, ['m-1', 'm-2']],
    ['a return in a line of its own', [about('ReturnDataFile', file), deliver('1')], {}, ['m-0']],
    [
      'the returns of its files elsewhere, when a project is deleted',
      [about('ReturnDataFile', file), deliver('1'), remove('1')],
      {},
      ['m-0'],
    ],
    [
      'nothing about files of others, when a project is deleted',
      [deliver('1'), about('DeleteDataFile', file), deliver('2'), remove('1')],
      {},
      [],
    ],
  ] as const)('is %s', (_, list, stored, expected) => {
    expect(followedBy(list, stored).at(-1)).toEqual(expected);
  });

  it('tells of a delivery which of its files older messages are about', () => {
    const list = [about('ReturnDataFile', file), deliver('1', fileSubject('g'), file)];
    expect(placesOf(list).at(-1)).toMatchObject({ creates: [file] });
  });

  it('is no more than an item can hold', () => {
    const files = Array.from({ length: 2 * maxFollowed }, (_, index) => fileSubject(`f-${index}`));
    const list = [...files.map((subject) => about('DeleteDataFile', subject)), deliver('2', ...files)];
    const stored = Object.fromEntries(files.map((subject) => [subject, '1']));
    const followed = followedBy(list, stored).at(-1);
    expect(followed).toHaveLength(maxFollowed);
    expect(followed?.at(-1)).toBe(`m-${files.length - 1}`);
  });
});

const projects = ['1', '2', '3'];
const anyMessage: fc.Arbitrary<About> = fc
  .record({
    type: fc.constantFrom<About['type']>(
      'CreateProject',
      'DeleteProject',
      'CreateProjectAccess',
      'DeleteProjectAccess',
      'DisableProjectAccess',
      'EnableProjectAccess',
      'ResetPassword',
      'DataDeliveryReady',
      'DeleteDataFile',
      'ReturnDataFile',
    ),
    projectNo: fc.constantFrom(...projects),
    names: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }),
  })
  .map(({ type, projectNo, names: [name = 'a', ...more] }) => {
    if (type === 'CreateProject' || type === 'DeleteProject') return { type, projectNo, subjects: [] };
    if (type === 'CreateProjectAccess') return { type, projectNo, subjects: [accessSubject(name)] };
    if (type === 'DataDeliveryReady') return { type, projectNo, subjects: [name, ...more].map(fileSubject) };
    return { type, subjects: [type.endsWith('DataFile') ? fileSubject(name) : accessSubject(name)] };
  });

const anyStored = fc.dictionary(
  fc.constantFrom(...['a', 'b', 'c'].flatMap((name) => [accessSubject(name), fileSubject(name)])),
  fc.constantFrom(...projects),
);

/** The entries of a list, as a poll records them. */
const entriesOf = (list: readonly About[], stored: Record<string, string>): LineEntry[] =>
  placesOf(list, stored).map((place, index) => {
    const { type, projectNo, subjects } = list[index] as About;
    const isOfProject = subjects.length === 0 || type === 'DataDeliveryReady';
    const subject = isOfProject ? projectSubject(projectNo ?? '') : subjects[0];
    return { ...place, type, state: 'open', contentHash: '', ...(subject === undefined ? {} : { subject }) };
  });

/** Whether messages of a type come to a state: only returns work on, and only what sends credentials is to send them. */
function isStateOf(type: string, state: MessageState): boolean {
  if (state === 'working') return type === 'ReturnDataFile';
  return state !== 'applied' || type === 'CreateProjectAccess' || type === 'ResetPassword';
}

describe('a list in several lines', { timeout: 60_000 }, () => {
  it('has references to older messages of other lines alone', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 20 }), anyStored, (list, stored) => {
        for (const { line, position, follows = [] } of placesOf(list, stored)) {
          for (const followed of follows) {
            expect(followed.position < position).toBe(true);
            expect(followed.line).not.toBe(line);
          }
        }
      }),
    );
  });

  it('is never locked: whatever is done or held in whatever order, all ends done or held, or waits for what is held', () => {
    const ends = fc.constantFrom<MessageState>('done', 'applied', 'applying', 'working', 'held', 'done', 'done');
    const draws = fc.array(fc.record({ which: fc.nat(), end: ends, fails: fc.boolean() }), {
      minLength: 120,
      maxLength: 120,
    });
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 20 }), anyStored, draws, (list, stored, drawn) => {
        const entries = entriesOf(list, stored);
        for (const { which, end, fails } of drawn) {
          const next = mayWork(entries);
          const entry = next[which % Math.max(1, next.length)];
          // A return that is under way ends.
          for (const each of entries) if (each.state === 'working' && which % 3 === 0) each.state = 'done';
          if (!entry) continue;
          entry.state = isStateOf(entry.type, end) ? end : 'done';
          entry.fails = fails;
        }
        for (let left = mayWork(entries); left.length > 0; left = mayWork(entries)) {
          for (const entry of left) entry.state = 'done';
        }
        for (const each of entries) if (each.state === 'working') each.state = 'done';
        for (let left = mayWork(entries); left.length > 0; left = mayWork(entries)) {
          for (const entry of left) entry.state = 'done';
        }
        const waiting = entries.filter(({ state }) => state !== 'done' && state !== 'held');
        const isExplained = entries.some(({ state }) => state === 'held') || waiting.length === 0;
        expect(isExplained, JSON.stringify(waiting)).toBe(true);
        // No revocation waits for people.
        expect(waiting.filter(({ type }) => isRevocation(type))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('has the effects on an access or a file in the order of the list, when each fits', () => {
    fc.assert(
      fc.property(
        fc.array(anyMessage, { maxLength: 20 }),
        anyStored,
        fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
        (list, stored, drawn) => {
          const entries = entriesOf(list, stored);
          const done: LineEntry[] = [];
          for (const which of drawn) {
            const next = mayWork(entries);
            const entry = next[which % Math.max(1, next.length)];
            if (!entry) break;
            entry.state = 'done';
            done.push(entry);
          }
          expect(done).toHaveLength(entries.length);
          const indexOf = ({ messageId }: LineEntry) => Number(messageId.slice(2));
          for (const subject of new Set(list.flatMap(({ subjects }) => subjects))) {
            const order = done.map(indexOf).filter((index) => list[index]?.subjects.includes(subject));
            expect(order).toEqual(order.toSorted((a, b) => a - b));
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
