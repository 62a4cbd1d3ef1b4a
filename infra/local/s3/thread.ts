import { setFlagsFromString } from 'node:v8';
import { parentPort as caller, workerData } from 'node:worker_threads';
import { wants } from './notifications.ts';
import { startS3Server } from './server.ts';
import type { ThreadData, ThreadNews, ThreadOrder } from './worker.ts';

// V8 collects the whole heap after each 64 MB of content. Concurrent marking would take processor time from the functions.
setFlagsFromString('--no-concurrent-marking');

if (caller === null) throw new Error('This module runs in a worker thread: see worker.ts.');
const { notifications, ...options }: ThreadData = workerData;
const { endpoint, faults, setCors, stop } = await startS3Server({
  ...options,
  onProblem: (problem) => caller?.postMessage({ problem } satisfies ThreadNews),
  onCreated(created) {
    // Waking the other thread for each object would cost half as much as storing it.
    for (const notification of notifications) {
      if (wants(notification, created)) caller?.postMessage({ notification, created } satisfies ThreadNews);
    }
  },
});
caller.on('message', async (order: ThreadOrder) => {
  if (order.name === 'inject') faults.inject(...order.parameters);
  else if (order.name === 'cors') setCors(order.rules);
  else if (order.name === 'clear') faults.clear();
  else {
    await stop();
    caller?.close();
  }
});
caller.postMessage({ endpoint });
