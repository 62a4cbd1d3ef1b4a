import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advance,
  beginning,
  decodeCursor,
  encodeCursor,
  hasSeen,
  merge,
} from '../../shared/processes/events/cursor.ts';
import { timeKey } from '../../shared/processes/keys.ts';

const minute = 60_000;

/** An event whose transaction began at a time and was committed up to a minute later. */
const event = fc
  .record({ began: fc.integer({ min: 0, max: 100 * minute }), took: fc.integer({ min: 0, max: minute }) })
  .map(({ began, took }) => ({ began, committed: began + took }));

describe('a cursor', () => {
  it('shows each event once, in whatever order transactions are committed', () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 60 }),
        fc.array(fc.integer({ min: 0, max: 110 * minute }), { maxLength: 30 }),
        (events, reads) => {
          const log = events.map((each, index) => ({ ...each, key: `${timeKey(each.began)}#p#${index}` }));
          let cursor = beginning;
          const shown: string[] = [];
          for (const now of [...reads.toSorted((one, other) => one - other), 200 * minute]) {
            const there = log.filter(({ committed }) => committed <= now).map(({ key }) => key);
            const unseen = there.toSorted().filter((key) => !hasSeen(cursor, key));
            const page = unseen.slice(0, 10);
            shown.push(...page);
            cursor = merge(cursor, advance(cursor, page, now, unseen.length > page.length ? page.at(-1) : undefined));
          }
          for (let left = true; left; ) {
            const unseen = log
              .map(({ key }) => key)
              .toSorted()
              .filter((key) => !hasSeen(cursor, key));
            const page = unseen.slice(0, 10);
            left = unseen.length > page.length;
            shown.push(...page);
            cursor = advance(cursor, page, 300 * minute, left ? page.at(-1) : undefined);
          }
          expect(shown.toSorted()).toEqual(log.map(({ key }) => key).toSorted());
        },
      ),
    );
  });

  it('passes no event that is unread, though a later one was seen before', () => {
    const keys = [1, 2, 3].map((time) => `${timeKey(time)}#p#1`);
    const [first = '', second = '', third = ''] = keys;
    const seen = advance(beginning, [third], 2 * minute);
    const cursor = advance(seen, [first], 5 * minute, first);
    expect(keys.filter((key) => !hasSeen(cursor, key))).toEqual([second]);
  });

  it('is read as it was written, and nothing else is one', () => {
    const cursor = { 'account#bob': { upTo: timeKey(5), seen: [timeKey(7)] } };
    expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
    const bomb = deflateSync(JSON.stringify({ log: { upTo: '', seen: [' '.repeat(10_000_000)] } }));
    expect(decodeCursor(bomb.toString('base64url'))).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), (text) => {
        const decoded = decodeCursor(text);
        expect(decoded === undefined || typeof decoded === 'object').toBe(true);
      }),
    );
  });
});
