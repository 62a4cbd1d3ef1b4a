import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { forEachConcurrently } from '../../../shared/platform/concurrency.ts';
import { type LoadOptions, type LoadResult, loadOptionsSchema } from './load-options.ts';
import { openSide } from './sides.ts';

// Connects clients and publishes to them. A program with an IPC channel: it gets the options, and sends a
// message when all are connected and warm, and then the result.

/** Connections that begin at the same time. */
const concurrency = 20;

/** Milliseconds after which a push that did not arrive counts as lost. */
const patience = 120_000;

interface Publication {
  at: number;
  missing: number;
  receivedAt: number;
}

async function run({ side: options, tokens, publishers, workload }: LoadOptions): Promise<LoadResult> {
  const published = new Map<string, Publication>();
  const latencies: number[] = [];
  let arrived = Promise.withResolvers<void>();
  const onPush = (id: string) => {
    const push = published.get(id);
    if (!push || push.missing === 0) throw new Error(`The push ${id} came more often than it should`);
    push.receivedAt = performance.now();
    latencies.push(push.receivedAt - push.at);
    push.missing -= 1;
    if (push.missing === 0) arrived.resolve();
  };
  await using side = openSide(options, onPush);
  await forEachConcurrently(tokens, concurrency, (token) => side.connect(token));
  await forEachConcurrently(publishers, concurrency, (token) => side.addPublisher(token));
  const missing = () => published.values().reduce((sum, push) => sum + push.missing, 0);
  const complete = async () => {
    const timer = setTimeout(() => arrived.reject(new Error(`${missing()} receipts are missing`)), patience);
    for (; missing() > 0; arrived = Promise.withResolvers()) await arrived.promise;
    clearTimeout(timer);
  };
  const publish = async (index: number) => {
    const room = workload.rooms[index % workload.rooms.length] ?? '';
    const publication = { at: performance.now(), missing: workload.receivers, receivedAt: 0 };
    await side.publish(room, index, (id) => published.set(id, publication));
  };

  /** Publishes the pushes of these numbers. @returns milliseconds in which one was on its way, where each waits for the one before */
  async function publishAll(from: number, to: number): Promise<number> {
    const begun = performance.now();
    let busy = 0;
    const sent: Promise<void>[] = [];
    for (let index = from; index < to; index++) {
      if (workload.interval === undefined) {
        const at = performance.now();
        await publish(index);
        await complete();
        busy += performance.now() - at;
      } else {
        await delay(Math.max(0, begun + (index - from) * workload.interval - performance.now()));
        sent.push(publish(index));
      }
    }
    await Promise.all(sent);
    await complete();
    return busy;
  }

  await publishAll(0, workload.warmUp);
  published.clear();
  latencies.length = 0;
  process.send?.({ warm: true });
  const begun = performance.now();
  const busy = await publishAll(workload.warmUp, workload.warmUp + workload.pushes);
  const last = published.values().reduce((time, { receivedAt }) => Math.max(time, receivedAt), 0);
  const seconds = (busy || last - begun) / 1_000;
  latencies.sort((one, other) => one - other);
  const quantile = (share: number) => latencies[Math.floor((latencies.length - 1) * share)] ?? 0;
  return { rate: workload.pushes / seconds, p50: quantile(0.5), p99: quantile(0.99) };
}

const [options] = await once(process, 'message');
process.send?.(await run(loadOptionsSchema.parse(options)));
process.disconnect();
