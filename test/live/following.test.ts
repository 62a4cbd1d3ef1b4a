import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { Follower } from './follower.ts';
import { deviceToken, legacyAuthenticate } from './legacy-tokens.ts';
import { startLive } from './live-fixture.ts';

/** Pushes of a run; a long run has a million. */
const pushes = Number(process.env.PUSHES ?? 100);
const runs = 3;
vi.setConfig({ testTimeout: 60_000 + pushes * 100 });

const code = '1000000000000000';
const patience = { timeout: 30_000 };

const step = fc.record({
  /** Pushes at once. */
  burst: fc.integer({ min: 1, max: 5 }),
  cut: fc.option(fc.nat({ max: 2 }), { nil: undefined }),
  connect: fc.option(fc.nat({ max: 2 }), { nil: undefined }),
});

it('gives clients that are cut off and come back every push once, in its order', async () => {
  const length = Math.ceil(pushes / 3 / runs);
  const steps = fc.array(step, { minLength: length, maxLength: length, size: 'max' });
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const live = await startLive({ authenticate: () => legacyAuthenticate });
      const followers = [0, 1, 2].map(() => new Follower(live, deviceToken(code)));
      await Promise.all(followers.map((follower) => follower.connect()));
      const connected = new Set(followers);
      let sent = 0;
      for (const { burst, cut, connect } of plan) {
        const numbers = Array.from({ length: burst }, () => ++sent);
        const leaving = cut === undefined ? undefined : followers[cut];
        const coming = connect === undefined ? undefined : followers[connect];
        if (leaving && connected.delete(leaving)) leaving.cut();
        const arriving = coming && !connected.has(coming) ? coming.connect() : undefined;
        if (coming) connected.add(coming);
        await Promise.all([arriving, ...numbers.map((n) => live.manager.send({ action: 'n', n }, code))]);
      }
      for (const follower of followers) if (!connected.has(follower)) await follower.connect();
      for (const follower of followers) {
        await expect.poll(() => follower.offset, patience).toBe(sent);
        expect(follower.gaps).toBe(0);
        expect(follower.got.map(({ offset }) => offset)).toEqual(Array.from({ length: sent }, (_, index) => index + 1));
        expect(follower.got.map(({ n }) => n).toSorted((one, other) => Number(one) - Number(other))).toEqual(
          Array.from({ length: sent }, (_, index) => index + 1),
        );
      }
    }),
    { numRuns: runs, ...(process.env.SEED && { seed: Number(process.env.SEED) }) },
  );
});
