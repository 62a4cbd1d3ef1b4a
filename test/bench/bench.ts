import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulatorProcess } from '../../infra/local/portal/process.ts';
import type { PortalSimulator } from '../../infra/local/portal/simulator.ts';
import { type Gateway, startGateway } from '../../infra/local/runner.ts';
import { synthesize } from '../../infra/local/start/synthesize.ts';
import { SequentialClient } from './sequential-client.ts';
import { fill, messages, projects } from './workload.ts';

const apiKey = 'key-of-the-benchmark';
const fileSize = 512 * 1024 * 1024;
const assembly = await synthesize(AbortSignal.timeout(60_000));

console.log(`Drain of ${messages} messages of ${projects} projects, the sequential client beside the gateway`);
for (const latency of [0, 40]) await compareDrain(latency);
console.log(`\nOne file of ${fileSize / 2 ** 20} MiB`);
await compareFile();

async function compareDrain(latency: number): Promise<void> {
  const sequential = await withPortal(latency, async (portal) => {
    await fill(portal, 1001);
    return seconds(() => new SequentialClient(portal.url, apiKey).drain());
  });
  const gateway = await withPortal(latency, (portal) =>
    withGateway(portal, async (running) => {
      await warmUp(portal, running);
      await fill(portal, 1001);
      return seconds(() => drain(portal, running));
    }),
  );
  report(`${latency} ms latency`, messages / sequential, messages / gateway, 'messages/s');
}

async function compareFile(): Promise<void> {
  const megabytes = fileSize / 1e6;
  const sequential = await withPortal(0, async (portal) => {
    await deliver(portal);
    return seconds(() => new SequentialClient(portal.url, apiKey).drain());
  });
  await withPortal(0, (portal) =>
    withGateway(portal, async (running) => {
      await warmUp(portal, running);
      await deliver(portal);
      const gateway = await seconds(() => drain(portal, running));
      report('from message to marked', megabytes / sequential, megabytes / gateway, 'MB/s');
      const { maxRss } = running.memory('copy-files');
      console.log(`  memory of the copying process: at most ${Math.round(maxRss / 2 ** 20)} MiB`);
    }),
  );
}

async function deliver(portal: PortalSimulator): Promise<void> {
  const file = await portal.addFile({ fileId: 'large', size: fileSize });
  await portal.send('CreateProject', { projectNo: 999 });
  await portal.send('DataDeliveryReady', { dataDeliveryId: 'delivery', projectNo: 999, files: [file] });
}

/** Every function is loaded, and its code warm, before the clock starts: the sequential client has one process to warm. */
async function warmUp(portal: PortalSimulator, running: Gateway): Promise<void> {
  await fill(portal, 1);
  await drain(portal, running);
}

async function drain(portal: PortalSimulator, running: Gateway): Promise<void> {
  await running.invoke('poll');
  const { promise, resolve } = Promise.withResolvers<void>();
  const check = async () => {
    if ((await portal.pending()) === 0) resolve();
  };
  running.events.on('invocation', check);
  await promise;
  running.events.off('invocation', check);
}

async function withPortal<Result>(latency: number, use: (portal: PortalSimulator) => Promise<Result>): Promise<Result> {
  const portal = await startSimulatorProcess({ apiKey });
  try {
    if (latency > 0) await portal.setFaults({ rules: [{ kind: 'latency', milliseconds: latency }] });
    return await use(portal);
  } finally {
    await portal.stop();
  }
}

async function withGateway<Result>(
  portal: PortalSimulator,
  use: (running: Gateway) => Promise<Result>,
): Promise<Result> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'dst-gateway-bench-'));
  const running = await startGateway({
    assembly,
    dataDirectory,
    pollSeconds: 5,
    environment: { PORTAL_URL: portal.url, POLL_SECONDS: '5' },
    secrets: { PortalApiKeySecret: apiKey },
  });
  try {
    return await use(running);
  } finally {
    await running.stop();
    await rm(dataDirectory, { recursive: true });
  }
}

async function seconds(task: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await task();
  return (performance.now() - start) / 1000;
}

function report(what: string, sequential: number, gateway: number, unit: string): void {
  const [ours, theirs] = [gateway, sequential].map((rate) => rate.toFixed(rate < 100 ? 1 : 0));
  console.log(
    `  ${what}: gateway ${ours} ${unit}, sequential ${theirs} ${unit}, ratio ${(gateway / sequential).toFixed(2)}`,
  );
}
