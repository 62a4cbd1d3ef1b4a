import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { expect, it, onTestFinished } from 'vitest';
import { Rereading } from '../../infra/console/src/live/rereading.ts';

/** A resource that is shown, whose requests are answered when the test says so. */
function show(live: readonly string[]) {
  const client = new QueryClient({
    defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY, retry: false } },
  });
  const requests: ((answer: number) => void)[] = [];
  const observer = new QueryObserver(client, {
    queryKey: ['resource'],
    queryFn: () => new Promise<number>((resolve) => requests.push(resolve)),
    meta: { live },
  });
  const shown: (number | undefined)[] = [];
  onTestFinished(observer.subscribe(({ data }) => shown.push(data)));
  onTestFinished(() => client.clear());
  /** Answers the request that was sent as the nth, from 1. */
  const answer = async (nth: number) => {
    await expect.poll(() => requests.length).toBeGreaterThanOrEqual(nth);
    requests[nth - 1]?.(nth);
    await expect.poll(() => shown.at(-1)).toBe(nth);
  };
  return { rereading: new Rereading(client), requests, answer };
}

it('reads a resource anew when something that it is about changes, and nothing else', async () => {
  const { rereading, requests, answer } = show(['file#', 'project#1001']);
  await answer(1);
  rereading.about(['message#1', 'project#1002']);
  rereading.about(['file#a']);
  await answer(2);
  expect(requests).toHaveLength(2);
});

it('shows an answer while changes come faster than answers, and reads once more after the last one', async () => {
  const { rereading, requests, answer } = show(['file#']);
  await answer(1);
  for (let change = 0; change < 5; change++) rereading.about(['file#a']);
  await answer(2);
  await answer(3);
  expect(requests).toHaveLength(3);
});

it('reads a resource once more whose first request was under way', async () => {
  const { rereading, requests, answer } = show(['file#']);
  rereading.all();
  await answer(1);
  await answer(2);
  expect(requests).toHaveLength(2);
});
