import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterAsking,
  isNews,
  type PortalHealth,
  type PortalOutcome,
  pauseAfter,
} from '../../shared/portal/outage-rules.ts';

const healthy: PortalHealth = { state: 'reachable', since: 0, failures: 0, retryAt: 0 };
const minute = 60_000;
const pollSeconds = fc.integer({ min: 1, max: 3600 });
const outcome: fc.Arbitrary<PortalOutcome> = fc.oneof(
  fc.constant({ kind: 'answered' as const }),
  fc.constant({ kind: 'failed' as const }),
  fc.constantFrom('1', '2').map((keyVersion) => ({ kind: 'unauthorized' as const, keyVersion })),
);

/** Each health after each outcome, a minute apart. */
function* course(outcomes: readonly PortalOutcome[]) {
  let before = healthy;
  for (const [index, each] of outcomes.entries()) {
    const after = afterAsking(before, each, (index + 1) * minute, 60);
    yield { before, after, outcome: each, at: (index + 1) * minute };
    before = after;
  }
}

describe('the pause after failures', () => {
  it('begins with the third, doubles, and ends at a quarter of an hour', () => {
    const pauses = Array.from({ length: 9 }, (_, failures) => pauseAfter(failures, 60) / minute);
    expect(pauses).toEqual([0, 0, 0, 1.5, 3.5, 7.5, 14.5, 14.5, 14.5]);
  });

  it('never shrinks, leaves out a poll at least, and is no longer than 16 polls or a quarter of an hour', () => {
    fc.assert(
      fc.property(pollSeconds, fc.integer({ min: 3, max: 10_000 }), (seconds, failures) => {
        const [pause, next] = [pauseAfter(failures, seconds), pauseAfter(failures + 1, seconds)];
        const poll = seconds * 1_000;
        expect(next).toBeGreaterThanOrEqual(pause);
        expect(pause).toBeGreaterThanOrEqual(poll / 2);
        expect(pause).toBeLessThanOrEqual(Math.max(poll, Math.min(16 * poll, 15 * minute)));
      }),
    );
  });
});

describe('what is known of the portal', () => {
  it('is that it is well whenever it answers', () => {
    fc.assert(
      fc.property(fc.array(outcome), (outcomes) => {
        for (const { after, outcome: each } of course(outcomes)) {
          if (each.kind === 'answered') expect(after).toMatchObject({ state: 'reachable', failures: 0, retryAt: 0 });
        }
      }),
    );
  });

  it('is an outage after three failures in a row, unless it is known to refuse the key', () => {
    fc.assert(
      fc.property(fc.array(outcome), (outcomes) => {
        for (const { before, after, outcome: each } of course(outcomes)) {
          if (each.kind !== 'failed') continue;
          const expected = before.state === 'reachable' && after.failures >= 3 ? 'unreachable' : before.state;
          expect(after).toMatchObject({ state: expected, keyVersion: before.keyVersion });
        }
      }),
    );
  });

  it('keeps a refused key for the time it is tried again, whoever asks before that', () => {
    fc.assert(
      fc.property(pollSeconds, fc.nat(1e9), fc.nat(1e9), (seconds, at, later) => {
        const refusal = { kind: 'unauthorized', keyVersion: '1' } as const;
        const refused = afterAsking(healthy, refusal, at, seconds);
        const pause = refused.retryAt - at;
        expect(pause).toBeGreaterThanOrEqual(500 * seconds);
        expect(pause).toBeLessThanOrEqual(Math.max(1_000 * seconds, 15 * minute));
        const again = afterAsking(refused, refusal, at + later, seconds);
        if (later < pause) expect(again).toEqual(refused);
        else expect(again).toMatchObject({ since: at, retryAt: at + later + pause });
        const other = afterAsking(refused, { ...refusal, keyVersion: '2' }, at + later, seconds);
        expect(other).toMatchObject({ keyVersion: '2', retryAt: at + later + pause });
      }),
    );
  });

  it('says since when, and is news only when it changes', () => {
    fc.assert(
      fc.property(fc.array(outcome), (outcomes) => {
        for (const { before, after, at } of course(outcomes)) {
          expect(after.since).toBe(before.state === after.state ? before.since : at);
          if (before.state !== after.state) expect(isNews(before, after)).toBe(true);
          if (before.state === after.state && before.keyVersion === after.keyVersion) {
            expect(isNews(before, after)).toBe(false);
          }
        }
      }),
    );
  });
});
