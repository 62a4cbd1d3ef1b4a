import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { CorsRule } from './cors.ts';
import type { ServerFaults } from './faults.ts';
import type { Notification } from './notifications.ts';
import type { ObjectCreated, S3Options, S3Server } from './server.ts';

/**
 * In MB. V8 collects garbage when a third of it is full. Chunks of content become garbage soon, and early collection reuses
 * their memory while it is in the cache. With V8's default of 48, a large upload takes nearly twice as much processor time.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 6 };

const readySchema = z.object({ endpoint: z.string() });

/** Controls of the faults of a running server. */
export type S3Faults = Pick<ServerFaults, 'inject' | 'clear'>;

/** From the caller to the thread. */
export type ThreadOrder =
  | { readonly name: 'inject'; readonly parameters: Parameters<ServerFaults['inject']> }
  | { readonly name: 'cors'; readonly rules: readonly CorsRule[] }
  | { readonly name: 'clear' | 'stop' };

/** From the thread to the caller, when it is ready. */
export type ThreadNews =
  | { readonly notification: Notification; readonly created: ObjectCreated }
  | { readonly problem: string };

/** Start data of the thread. */
export interface ThreadData extends Omit<S3Options, 'onCreated' | 'onProblem'> {
  readonly notifications: readonly Notification[];
}

export interface WorkerOptions extends ThreadData {
  /** Called for each object with a notification setting. */
  readonly notify: (notification: Notification, created: ObjectCreated) => void;
  /** Called with errors that are no client's fault. */
  readonly onProblem?: (problem: string) => void;
}

/**
 * Runs `startS3Server` in its own thread, so that content does not pass through the caller's event loop.
 * @throws Error as `startS3Server`; when the thread dies later, that is an uncaught error of the process
 */
export async function startS3Worker({
  notify,
  onProblem = () => {},
  ...workerData
}: WorkerOptions): Promise<Omit<S3Server, 'faults'> & { readonly faults: S3Faults }> {
  const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData, resourceLimits });
  const [message] = await once(worker, 'message');
  const { endpoint } = readySchema.parse(message);
  worker.on('message', (news: ThreadNews) => {
    if ('problem' in news) onProblem(news.problem);
    else notify(news.notification, news.created);
  });
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  const order = (what: ThreadOrder) => worker.postMessage(what);
  return {
    endpoint,
    faults: {
      inject: (...parameters) => order({ name: 'inject', parameters }),
      clear: () => order({ name: 'clear' }),
    },
    setCors: (rules) => order({ name: 'cors', rules }),
    async stop() {
      order({ name: 'stop' });
      await exited;
    },
  };
}
