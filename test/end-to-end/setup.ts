import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { startSimulatorProcess } from '../../infra/local/portal/process.ts';
import type { PortalSimulator } from '../../infra/local/portal/simulator.ts';
import { type LocalGateway, startGateway } from '../../infra/local/runner.ts';
import { changeAssembly } from '../support/assembly.ts';
import { type Look, lookInto } from './look.ts';

/** The gateway's own app with a simulated portal. Its polls are the test's. */
export interface EndToEnd extends Omit<Look, typeof Symbol.dispose> {
  portal: PortalSimulator;
  gateway: LocalGateway;
  dataDirectory: string;
  /** Errors of failed invocations. */
  failures: string[];
  /** Polls once. @returns the error that it ended in, if any */
  poll(): Promise<string | undefined>;
  /**
   * Polls, whenever nothing is under way, until so many messages are left that the portal knows as not marked.
   * @param timeout milliseconds
   */
  drain(left?: number, timeout?: number): Promise<void>;
}

export interface SetupOptions {
  environment?: Record<string, string>;
  /** Whether functions work on what is in the queues; default true. */
  work?: boolean;
  /** Time limits in place of the template's, in seconds, by the entries of functions, such as `files/copy-files`. */
  timeouts?: Record<string, number>;
}

export const apiKey = 'canary-of-the-centre-5c1f';
const waitOptions = { timeout: 90_000, interval: 25 };

/** Starts a gateway for the tests of a file. @returns it, once a test runs */
export function useGateway({ environment = {}, ...changes }: SetupOptions = {}): () => EndToEnd {
  vi.setConfig({ testTimeout: 2 * waitOptions.timeout });
  const stack = new AsyncDisposableStack();
  let running: EndToEnd;

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'end-to-end-'));
    stack.defer(() => rmSync(directory, { recursive: true }));
    const assembly = join(directory, 'assembly');
    const [portal] = await Promise.all([startSimulatorProcess({ apiKey }), changeAssembly(assembly, quiet(changes))]);
    stack.defer(() => portal.stop());
    const dataDirectory = join(directory, 'data');
    const gateway = await startGateway({
      assembly,
      dataDirectory,
      environment: { PORTAL_URL: portal.url, POLL_SECONDS: '0.2', ...environment },
      secrets: { PortalApiKeySecret: apiKey },
    });
    stack.defer(() => gateway.stop());
    const look = stack.use(lookInto(gateway.endpoints));
    const failures: string[] = [];
    gateway.events.on('invocation', ({ name, outcome: { functionError: error } }) => {
      if (error) failures.push(`${name}: ${error.errorType}: ${error.errorMessage}`);
    });
    running = { ...look, portal, gateway, dataDirectory, failures, ...actions(portal, gateway) };
  }, 120_000);
  afterAll(() => stack.disposeAsync());

  return () => running;
}

/** Stops what would invoke functions on its own. */
function quiet({ work = true, timeouts = {} }: SetupOptions): Parameters<typeof changeAssembly>[1] {
  return ({ Type, Properties }) => {
    if (Type === 'AWS::Scheduler::Schedule') Properties.State = 'DISABLED';
    if (Type === 'AWS::Lambda::EventSourceMapping') Properties.Enabled = work;
    if (Type === 'AWS::Lambda::Function')
      Properties.Timeout = timeouts[`${Properties.Description}`] ?? Properties.Timeout;
  };
}

function actions(portal: PortalSimulator, gateway: LocalGateway): Pick<EndToEnd, 'poll' | 'drain'> {
  async function poll(): Promise<string | undefined> {
    const { functionError } = await gateway.invoke('poll');
    return functionError && `${functionError.errorType}: ${functionError.errorMessage}`;
  }

  return {
    poll,
    async drain(left = 0, timeout = waitOptions.timeout) {
      await vi.waitFor(
        async () => {
          expect(await gateway.activity()).toEqual({ messages: 0, invocations: 0, executions: 0 });
          const pending = await portal.pending();
          if (pending !== left) await poll();
          expect(pending).toBe(left);
        },
        { ...waitOptions, timeout },
      );
    },
  };
}
