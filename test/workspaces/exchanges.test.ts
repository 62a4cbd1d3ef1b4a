import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OpenExchanges } from '../../shared/workspaces/proxy/exchanges.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('asks the owner of a visit once in an interval, though its exchanges end and others begin during a look', async () => {
  const answers: (() => void)[] = [];
  const ask = () => new Promise<void>((resolve) => answers.push(resolve));
  const exchanges = new OpenExchanges({ every: 1_000, ask, log: { info() {}, warn() {} } });
  const pass = { scope: 'job#1', item: 'visit#1', jobId: 1, userId: 1, sessionId: 's', endsAt: 1e15, expiresAt: 1e12 };
  const ended = exchanges.open(pass, () => {});
  await vi.advanceTimersByTimeAsync(1_000);
  ended();
  exchanges.open(pass, () => {});
  for (let interval = 1; interval <= 5; interval++) {
    expect(answers.splice(0).map((answer) => answer())).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  exchanges.closeAll();
});
