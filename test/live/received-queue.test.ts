import { expect, it } from 'vitest';
import type { Received } from '../../shared/live/client/push-sequence.ts';
import { ReceivedQueue } from '../../shared/live/client/received-queue.ts';

const place = (offset: number) => ({ epoch: 'log', offset });
const push = (offset: number): Received => ({ type: 'push', message: { n: offset }, place: place(offset) });

it('has for a reader who is too slow a gap in place of what it does not keep', async () => {
  const queue = new ReceivedQueue(() => {});
  for (let offset = 1; offset <= 10_000; offset++) queue.push(push(offset));
  expect(await queue.next()).toEqual({ done: false, value: push(1) });
  for (let offset = 10_001; offset <= 10_002; offset++) queue.push(push(offset));
  queue.push({ type: 'push', message: { action: 'presence' } });
  queue.push(push(10_003));
  queue.end(new Error('over'));
  expect(await queue.next()).toEqual({
    done: false,
    value: { type: 'gap', before: place(1), after: place(10_002) },
  });
  expect((await queue.next()).value).toMatchObject({ message: { action: 'presence' } });
  expect((await queue.next()).value).toEqual(push(10_003));
  await expect(queue.next()).rejects.toThrow('over');
});
