import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogPlace } from '../../shared/live/client/message.ts';
import { PushSequence, type Received } from '../../shared/live/client/push-sequence.ts';

const logSize = 12;

/** Something that a server may say about a log, as far as it has pushes by then. */
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ say: fc.constant('push' as const), offset: fc.integer({ min: 1, max: logSize }) }),
  },
  fc.record({ say: fc.constant('place' as const), offset: fc.nat({ max: logSize }) }),
  fc.record({ say: fc.constant('lost' as const), offset: fc.nat({ max: logSize }), behind: fc.nat({ max: 3 }) }),
  fc.record({ say: fc.constant('new log' as const), offset: fc.nat({ max: logSize }) }),
);

/** Every third push is not for the client. */
const pushOf = (offset: number) => ({ action: offset % 3 === 0 ? 'offset' : 'news', n: offset, offset });

/** Plays steps. @returns what was received, and the place after each of it */
function play(steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[]) {
  const all: { received: Received; place: LogPlace | undefined }[] = [];
  const first = { epoch: 'log 0', offset: 0 };
  const sequence: PushSequence = new PushSequence((received) => all.push({ received, place: sequence.place }), first);
  let logs = 0;
  for (const { offset, ...said } of steps) {
    if (said.say === 'new log') logs += 1;
    const place = { epoch: `log ${logs}`, offset };
    if (said.say === 'push') sequence.take(pushOf(offset));
    else if (said.say === 'lost') {
      const asked = sequence.place ?? first;
      // Asked before the newest pushes came over another connection.
      sequence.resume({ ...asked, offset: Math.max(0, asked.offset - said.behind) }, place, false);
    } else sequence.reach(place);
  }
  return { all, sequence, first, logs };
}

describe('a sequence of pushes', () => {
  it('has no double, and no hole that is not received as a gap', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { all, first } = play(steps);
        let reached: LogPlace = first;
        for (const { received, place } of all) {
          if (received.type === 'gap') {
            // Pushes that are not for the client are passed over without a word.
            expect(received.before).toEqual(skipped(reached, received.before.offset));
            expect(received.after).not.toEqual(received.before);
            reached = received.after;
          } else {
            expect(received.place).toEqual({
              ...skipped(reached, Number(received.place?.offset) - 1),
              offset: received.place?.offset,
            });
            expect(received.message).toEqual(pushOf(received.place?.offset ?? 0));
            reached = received.place ?? first;
          }
          expect(place).toEqual(reached);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('has everything that came, in whatever order, and how often', () => {
    const offsets = Array.from({ length: logSize }, (_, index) => index + 1);
    const order = fc
      .tuple(fc.array(fc.constantFrom(...offsets)), fc.shuffledSubarray(offsets, { minLength: logSize }))
      .chain(([doubles, once]) => fc.shuffledSubarray([...doubles, ...once], { minLength: doubles.length + logSize }));
    fc.assert(
      fc.property(order, (came) => {
        const { all, sequence } = play(came.map((offset) => ({ say: 'push', offset })));
        expect(all.map(({ received }) => received.type === 'push' && received.message.n)).toEqual(
          offsets.filter((offset) => offset % 3 !== 0),
        );
        expect(sequence.place?.offset).toBe(logSize);
        expect(sequence.isBehind).toBe(false);
      }),
    );
  });

  it('is behind while something is missing', () => {
    const { sequence, first } = play([{ say: 'push', offset: 2 }]);
    expect(sequence.isBehind).toBe(true);
    sequence.take(pushOf(1));
    expect(sequence.isBehind).toBe(false);
    sequence.reach({ ...first, offset: 4 });
    expect(sequence.isBehind).toBe(true);
  });

  it('asks anew when what the log lacks has come since it asked', () => {
    const received: Received[] = [];
    const asked = { epoch: 'log 0', offset: 6 };
    const sequence = new PushSequence((each) => received.push(each), asked);
    sequence.take({ action: 'news', offset: 7 });
    sequence.resume(asked, { ...asked, offset: 11 }, false);
    expect(received.map(({ type }) => type)).toEqual(['push']);
    expect(sequence).toMatchObject({ place: { offset: 7 }, isBehind: true });
  });

  it('keeps what it has beyond a gap', () => {
    const { all, sequence, first } = play([
      { say: 'push', offset: 5 },
      { say: 'lost', offset: 4, behind: 0 },
    ]);
    expect(all.map(({ received }) => received)).toEqual([
      { type: 'gap', before: first, after: { ...first, offset: 4 } },
      { type: 'push', message: pushOf(5), place: { ...first, offset: 5 } },
    ]);
    expect(sequence.isBehind).toBe(false);
  });
});

/** A place after a number of pushes that are not for the client. */
function skipped(from: LogPlace, offset: number): LogPlace {
  for (let next = from.offset + 1; next <= offset; next++) expect(next % 3).toBe(0);
  return { ...from, offset: Math.max(from.offset, offset) };
}
