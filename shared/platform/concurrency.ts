/**
 * Runs a task for each item, at most so many at once. The first failure is thrown after those under way have ended;
 * no further ones are begun.
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
