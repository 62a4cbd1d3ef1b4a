import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRevocation, mayWork, ProjectsOfList, positionOf } from '../../shared/messages/lines.ts';
import type { LineEntry, MessageState } from '../../shared/messages/record.ts';
import { type MessageContent, type MessageType, messageTypes } from '../../shared/portal/messages.ts';

const states: MessageState[] = ['open', 'applying', 'applied', 'working', 'done', 'held', 'superseded', 'dismissed'];
const workable = new Set<MessageState>(['open', 'applying', 'applied']);

const entry = (type: MessageType, state: MessageState, more: Partial<LineEntry> = {}, index = 0): LineEntry => ({
  line: 'project#1',
  position: positionOf(1, index),
  messageId: `m-${index}`,
  type,
  state,
  contentHash: '',
  ...more,
});

const anyLine = fc
  .array(
    fc.record({
      type: fc.constantFrom(...messageTypes),
      state: fc.constantFrom(...states),
      subject: fc.constantFrom('file#a', 'file#b'),
      yields: fc.boolean(),
    }),
    { maxLength: 12 },
  )
  .map((entries) => entries.map(({ type, state, ...more }, index) => entry(type, state, more, index)));

const olderThan = (line: readonly LineEntry[], one: LineEntry) => line.slice(0, line.indexOf(one));

/** The only thing but uncommitted effects that a deletion waits for. */
const healthyReturn = (deletion: LineEntry) => (older: LineEntry) =>
  older.type === 'ReturnDataFile' &&
  older.state === 'working' &&
  !older.yields &&
  (deletion.type === 'DeleteProject' || (deletion.type === 'DeleteDataFile' && deletion.subject === older.subject));

describe('what may work in a line', () => {
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
        const inTheWay = line.filter(({ state }) => workable.has(state) || state === 'held');
        const normal = mayWork(line).filter(({ type }) => !isRevocation(type));
        const first = inTheWay[0];
        const expected = first && workable.has(first.state) && !isRevocation(first.type) ? [first] : [];
        expect(normal).toEqual(expected);
      }),
    );
  });

  /** Whether an effect is missing that no person has to be waited for. */
  const isMissing = (line: readonly LineEntry[]) => (one: LineEntry) =>
    one.state === 'applying' ||
    (one.state === 'open' &&
      !one.yields &&
      (isRevocation(one.type) || !olderThan(line, one).some(({ state }) => state === 'held')));

  it('is every revocation behind nothing but committed effects, what a person holds up, and no healthy return', () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        const expected = line.filter((one) => {
          if (!isRevocation(one.type) || !workable.has(one.state)) return false;
          const older = olderThan(line, one);
          return !older.some(isMissing(line)) && !older.some(healthyReturn(one));
        });
        expect(mayWork(line).filter(({ type }) => isRevocation(type))).toEqual(expected);
      }),
    );
  });

  it.each(['held', 'applied', 'working'] as const)('lets a revocation pass what is %s', (state) => {
    const line = [entry('DataDeliveryReady', state), entry('DisableProjectAccess', 'open', {}, 1)];
    expect(mayWork(line)).toContain(line[1]);
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

  it.each(['open', 'applying'] as const)('lets nothing pass what is %s', (state) => {
    const line = [entry('DeleteProject', state), entry('DeleteProjectAccess', 'open', {}, 1)];
    expect(mayWork(line)).toEqual([line[0]]);
  });

  it.each([
    ['DeleteProject', 'file#b', {}, false],
    ['DeleteDataFile', 'file#a', {}, false],
    ['DeleteDataFile', 'file#b', {}, true],
    ['DeleteDataFile', 'file#a', { yields: true }, true],
    ['DeleteProject', 'file#a', { yields: true }, true],
    ['DisableProjectAccess', 'file#a', {}, true],
  ] as const)('%s of %s behind a return of file#a that has %o: may work is %s', (type, subject, more, expected) => {
    const line = [
      entry('ReturnDataFile', 'working', { subject: 'file#a', ...more }),
      entry(type, 'open', { subject }, 1),
    ];
    expect(mayWork(line).length > 0).toBe(expected);
  });
});

describe('positions', () => {
  it('sort by poll, then by place in the list', () => {
    const number = fc.nat({ max: 99_999_999 });
    fc.assert(
      fc.property(number, number, number, number, (pollA, indexA, pollB, indexB) => {
        const order = Math.sign(pollA - pollB || indexA - indexB);
        const [a, b] = [positionOf(pollA, indexA), positionOf(pollB, indexB)];
        expect(a < b ? -1 : Number(a > b)).toBe(order);
      }),
    );
  });
});

describe("a message's line", () => {
  const none = new Map<string, string>();
  const create: MessageContent = { type: 'CreateProjectAccess', data: { projectNo: '1', accessIdentifier: 'a' } };
  const disable: MessageContent = { type: 'DisableProjectAccess', data: { accessIdentifier: 'a' } };
  const delivery: MessageContent = {
    type: 'DataDeliveryReady',
    data: { projectNo: '2', files: [{ fileId: 'f', fileChecksum: 'x' }] },
  };
  const remove: MessageContent = { type: 'DeleteDataFile', data: { fileId: 'f' } };

  it('is the line of the project that it names', () => {
    expect(new ProjectsOfList().lineOf(delivery, none)).toBe('project#2');
  });

  it('is that of the project of its access or file by an older message of the same list', () => {
    const projects = new ProjectsOfList();
    projects.note(create);
    projects.note(delivery);
    expect(projects.lineOf(disable, none)).toBe('project#1');
    expect(projects.lineOf(remove, none)).toBe('project#2');
  });

  it('is that of the project by the tables', () => {
    const stored = new Map([
      ['access#a', '7'],
      ['file#f', '8'],
    ]);
    expect(new ProjectsOfList().lineOf(disable, stored)).toBe('project#7');
    expect(new ProjectsOfList().lineOf(remove, stored)).toBe('project#8');
  });

  it('goes by the list when the tables say otherwise: they may be behind', () => {
    const projects = new ProjectsOfList();
    projects.note(create);
    expect(projects.lineOf(disable, new Map([['access#a', '7']]))).toBe('project#1');
  });

  it('is its own when nobody knows the access or file', () => {
    expect(new ProjectsOfList().lineOf(disable, none)).toBe('access#a');
    expect(new ProjectsOfList().lineOf(remove, none)).toBe('file#f');
  });
});
