/**
 * Runs a task for each item with limited concurrency. After a failure no further tasks start, and the first error is thrown
 * when the running tasks have ended.
 */
export async function forEachConcurrently<Item>(
  items: Iterable<Item>,
  limit: number,
  task: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = Iterator.from(items);
  let failed = false;
  const workers = Array.from({ length: limit }, async () => {
    for (const item of { [Symbol.iterator]: () => iterator }) {
      if (failed) return;
      try {
        await task(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  });
  const failure = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

/**
 * Wraps a task for concurrent callers: calls made while it runs share one further run, which sees everything done before those
 * calls.
 */
export function coalesced(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const run = () => {
    running = task().finally(() => {
      running = undefined;
    });
    return running;
  };
  const runNext = () => {
    next = undefined;
    return run();
  };
  return () => {
    if (!running) return run();
    next ??= running.then(runNext, runNext);
    return next;
  };
}
