import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Host } from '../../../../infra/local/lambda/host.ts';
import { createPool } from '../../../../infra/local/lambda/pool.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const host: Host = {
  ended: false,
  run: () => Promise.reject(new Error('not for this')),
  end: async () => {},
};

it('serves callers in the order in which they came, however long they wait', async () => {
  const pool = createPool({ start: () => host, size: 1 });
  const served: string[] = [];
  const call = async (name: string) => {
    await pool.acquire();
    served.push(name);
  };
  await call('first');
  const calls = [call('second')];
  await vi.advanceTimersByTimeAsync(200);
  calls.push(call('third'));
  // The second has looked again by now, and the third has not.
  await vi.advanceTimersByTimeAsync(100);
  calls.push(call('fourth'));
  for (const _ of calls) {
    pool.release(host);
    await vi.advanceTimersByTimeAsync(0);
  }
  await Promise.all(calls);
  expect(served).toEqual(['first', 'second', 'third', 'fourth']);
  await pool.stop();
});

it('serves all who wait for environments that are released at once', async () => {
  const hosts = [{ ...host }, { ...host }];
  const pool = createPool({ start: () => hosts.shift() ?? host, size: 2 });
  const first = await pool.acquire();
  // Another one is started only for a caller who waits: the first of the pool is busy, and the processors are idle or long waited for.
  const second = pool.acquire();
  await vi.advanceTimersByTimeAsync(6_000);
  const calls = [pool.acquire(), pool.acquire()];
  pool.release(first);
  pool.release(await second);
  await vi.advanceTimersByTimeAsync(0);
  expect(await Promise.all(calls)).toHaveLength(2);
  await pool.stop();
});
