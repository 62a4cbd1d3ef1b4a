import { setFlagsFromString } from 'node:v8';
import { parentPort as caller, workerData } from 'node:worker_threads';
import { wants } from './notifications.ts';
import { startS3Server } from './server.ts';
import type { News, Order, ThreadData } from './worker.ts';

// A whole collection is due after each 64 MB of content; marking in other threads takes from the functions what it spares here.
setFlagsFromString('--no-concurrent-marking');

if (caller === null) throw new Error('This file is the inside of a worker thread: see worker.ts.');
const { notifications, ...options }: ThreadData = workerData;
const { endpoint, faults, stop } = await startS3Server({
  ...options,
  onProblem: (problem) => caller?.postMessage({ problem } satisfies News),
  onCreated(created) {
    // To wake the other thread for each object costs as much as half of what storing it does.
    for (const notification of notifications) {
      if (wants(notification, created)) caller?.postMessage({ notification, created } satisfies News);
    }
  },
});
caller.on('message', async (order: Order) => {
  if (order.name === 'inject') faults.inject(...order.parameters);
  else if (order.name === 'clear') faults.clear();
  else {
    await stop();
    caller?.close();
  }
});
caller.postMessage({ endpoint });
