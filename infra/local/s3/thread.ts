import { setFlagsFromString } from 'node:v8';
import { parentPort as caller, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { startS3Server } from './server.ts';
import type { News, Order } from './worker.ts';

// A whole collection is due after each 64 MB of content; marking in other threads takes from the functions what it spares here.
setFlagsFromString('--no-concurrent-marking');

const options = z.object({ directory: z.string(), port: z.int().optional(), host: z.string().optional() });

if (caller === null) throw new Error('This file is the inside of a worker thread: see worker.ts.');
const { directory, port, host } = options.parse(workerData);
const { endpoint, faults, stop } = await startS3Server({
  directory,
  ...(port !== undefined && { port }),
  ...(host !== undefined && { host }),
  onCreated: (created) => caller?.postMessage({ created } satisfies News),
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
