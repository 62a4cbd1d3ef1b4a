import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covered, summarize, summaryLines } from '../../../../infra/local/start/summary.ts';
import type { OpenedTables, Rows } from '../../../../infra/local/start/tables.ts';

describe('the summary', () => {
  it('counts messages by type and state, files, and tells the incidents', async () => {
    const summary = await summarize(
      tablesOf({
        messages: [
          message('CreateProject', 'marked'),
          message('CreateProject', 'held'),
          message('DeleteProject', 'marked'),
        ],
        history: [
          event('registered', 0, 'file#before'),
          event('registered', 10_000, 'file#f'),
          event('stored', 12_000, 'file#f', { size: 5_000_000 }),
          event('returned', 13_000, 'file#f'),
          event('sent', 13_500, 'file#outbox/1/r'),
          event('deleted', 14_000, 'file#f'),
          event('deleted', 14_000, 'project#1'),
        ],
        incidents: [
          {
            kind: 'mismatch',
            subject: 'm',
            messageId: '0123456789',
            expected: 'no project 1',
            found: 'it exists\u001b',
            state: 'open',
            count: 2,
            lastSeenAt: 0,
          },
        ],
      }),
      5_000,
    );

    expect(summaryLines(summary)).toEqual([
      'Messages         marked  held',
      '  CreateProject       1     1',
      '  DeleteProject       1',
      '',
      'Files  1 stored, 5.0 MB in 2.0 s (2.5 MB/s); 1 returned, 1 sent, 1 deleted',
      '',
      'Incidents  1',
      '  mismatch 01234567: expected no project 1, found it exists\ufffd (open, 2 times)',
    ]);
  });

  it('has something to say of nothing', async () => {
    const lines = summaryLines(await summarize(tablesOf({}), 0));
    expect(lines).toEqual([
      'Messages  none',
      '',
      'Files  0 stored, 0 B in 0.0 s (0.0 MB/s); 0 returned, 0 sent, 0 deleted',
      '',
      'Incidents  0',
    ]);
  });
});

describe('the time that copies took together', () => {
  it('counts what overlaps once, and pauses not at all', () => {
    expect(
      covered([
        [0, 10],
        [5, 20],
        [30, 40],
        [32, 33],
      ]),
    ).toBe(30);
  });

  it('is the number of instants in any of the intervals, in whatever order they come', () => {
    const interval = fc.tuple(fc.nat(100), fc.nat(20)).map(([from, length]) => [from, from + length] as const);
    fc.assert(
      fc.property(fc.array(interval), (intervals) => {
        const instants = Array.from({ length: 130 }, (_, at) => at + 0.5);
        const inside = instants.filter((at) => intervals.some(([from, to]) => from < at && at < to));
        expect(covered(intervals)).toBe(inside.length);
      }),
    );
  });
});

type AnyRows = { [Table in keyof Rows]?: Partial<Rows[Table]>[] };

function tablesOf(given: AnyRows): Pick<OpenedTables, 'rows'> {
  return {
    async *rows<Table extends keyof Rows>(table: Table) {
      for (const row of given[table] ?? []) yield row as Rows[Table];
    },
  };
}

const message = (type: string, state: Rows['messages']['state']) => ({ type, state });
const event = (name: Rows['history']['event'], at: number, subject: string, details = {}) => ({
  event: name,
  at,
  subject,
  details,
});
