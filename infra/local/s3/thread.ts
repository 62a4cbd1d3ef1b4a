import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { startS3Server } from './server.ts';

const options = z.object({ directory: z.string(), port: z.int().optional(), host: z.string().optional() });

if (parentPort === null) throw new Error('This file is the inside of a worker thread: see worker.ts.');
const { directory, port, host } = options.parse(workerData);
const server = await startS3Server({
  directory,
  ...(port !== undefined && { port }),
  ...(host !== undefined && { host }),
});
parentPort.postMessage({ endpoint: server.endpoint });
await once(parentPort, 'message');
await server.stop();
