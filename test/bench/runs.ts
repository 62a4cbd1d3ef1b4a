import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PortalFaults } from '../../infra/local/portal/faults.ts';
import { startSimulatorProcess } from '../../infra/local/portal/process.ts';
import type { PortalSimulator } from '../../infra/local/portal/simulator.ts';
import { type LocalGateway, startGateway } from '../../infra/local/runner.ts';
import { synthesize } from '../../infra/local/start/synthesize.ts';
import { SequentialClient } from './sequential-client.ts';
import { fill } from './workload.ts';

const apiKey = 'key-of-the-benchmark';

/** Puts into a portal what is to be done. */
export type Work = (portal: PortalSimulator) => Promise<unknown>;

/** How long the sequential client takes, in seconds. */
export function timeSequential(faults: Partial<PortalFaults>, work: Work): Promise<number> {
  return withPortal(faults, async (portal) => {
    await work(portal);
    return seconds(() => new SequentialClient(portal.url, apiKey).drain());
  });
}

export interface GatewayTime {
  seconds: number;
  /** Most memory that the copying process had, in bytes. */
  memory: number;
}

/** How long the gateway takes, in seconds. It is warm when the clock starts: the sequential client has one process to warm. */
export function timeGateway(faults: Partial<PortalFaults>, work: Work, warmUp: Work): Promise<GatewayTime> {
  return withPortal(faults, (portal) =>
    withGateway(portal, async (running) => {
      await warmUp(portal);
      await drain(portal, running);
      await work(portal);
      return {
        seconds: await seconds(() => drain(portal, running)),
        memory: running.memory('copy-files').maxRss,
      };
    }),
  );
}

/** The days of so many projects that nobody measures. */
export const warmUpWith =
  (projects: number): Work =>
  (portal) =>
    fill(portal, 1, projects);

async function drain(portal: PortalSimulator, running: LocalGateway): Promise<void> {
  await running.invoke('poll');
  const { promise, resolve } = Promise.withResolvers<void>();
  const check = async () => {
    if ((await portal.pending()) === 0) resolve();
  };
  running.events.on('invocation', check);
  await promise;
  running.events.off('invocation', check);
}

async function withPortal<Result>(
  faults: Partial<PortalFaults>,
  use: (portal: PortalSimulator) => Promise<Result>,
): Promise<Result> {
  const portal = await startSimulatorProcess({ apiKey });
  try {
    await portal.setFaults(faults);
    return await use(portal);
  } finally {
    await portal.stop();
  }
}

async function withGateway<Result>(
  portal: PortalSimulator,
  use: (running: LocalGateway) => Promise<Result>,
): Promise<Result> {
  const assembly = await synthesize(AbortSignal.timeout(60_000));
  const dataDirectory = await mkdtemp(join(tmpdir(), 'dst-gateway-bench-'));
  try {
    const running = await startGateway({
      assembly,
      dataDirectory,
      environment: { PORTAL_URL: portal.url },
      secrets: { PortalApiKeySecret: apiKey },
    });
    try {
      return await use(running);
    } finally {
      await running.stop();
    }
  } finally {
    await rm(dataDirectory, { recursive: true });
  }
}

async function seconds(task: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await task();
  return (performance.now() - start) / 1000;
}
