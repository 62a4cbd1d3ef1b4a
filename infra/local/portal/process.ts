import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { PortalSimulator, SimulatorOptions } from './simulator.ts';

export type SimulatorMethod = Exclude<keyof PortalSimulator, 'url'>;

/** From parent to child. */
export type SimulatorRequest =
  | { readonly id: number; readonly start: SimulatorOptions }
  | { readonly id: number; readonly method: SimulatorMethod; readonly parameters: readonly unknown[] };

/** From child to parent: the value, or the text of the error, of the request with that id. */
export type SimulatorReply = { readonly id: number; readonly value?: unknown; readonly error?: string };

/**
 * Starts a portal in its own process, so that it does not block this process's event loop. The child ends with `stop`, or when
 * this process ends.
 */
export async function startSimulatorProcess(options: SimulatorOptions): Promise<PortalSimulator> {
  // Options are sent over the channel, because other users could read the API key on the command line.
  const child = fork(fileURLToPath(new URL('./child.ts', import.meta.url)), {
    serialization: 'advanced',
    execArgv: [],
  });
  const ask = createChannel(child);
  const call = <T>(method: SimulatorMethod, parameters: unknown[]): Promise<T> => ask<T>({ method, parameters });
  return {
    url: await ask<string>({ start: options }),
    send: (...parameters) => call('send', parameters),
    sendMany: (...parameters) => call('sendMany', parameters),
    sendRaw: (...parameters) => call('sendRaw', parameters),
    withdraw: (...parameters) => call('withdraw', parameters),
    pending: () => call('pending', []),
    addFile: (...parameters) => call('addFile', parameters),
    setFileBehaviour: (...parameters) => call('setFileBehaviour', parameters),
    setFaults: (...parameters) => call('setFaults', parameters),
    clearFaults: () => call('clearFaults', []),
    snapshot: () => call('snapshot', []),
    reset: () => call('reset', []),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      await call('stop', []);
      child.disconnect();
      await exit;
    },
  };
}

type Body = SimulatorRequest extends infer R ? (R extends SimulatorRequest ? Omit<R, 'id'> : never) : never;

/** Matches replies to requests. Open requests fail when the child ends. */
function createChannel(child: ChildProcess): <T>(body: Body) => Promise<T> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;
  child.on('message', (reply: SimulatorReply) => {
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.error === undefined) asked?.resolve(reply.value);
    else asked?.reject(new Error(reply.error));
  });
  const failAll = (reason: unknown) => {
    for (const { reject } of waiting.values()) reject(new Error(`the portal simulator ended: ${reason}`));
    waiting.clear();
  };
  child.on('error', failAll); // Also an error of sending to a child that has ended.
  child.on('exit', (code, signal) => failAll(code ?? signal));
  return async <T>(body: Body) => {
    last += 1;
    const asked = Promise.withResolvers<unknown>();
    waiting.set(last, asked);
    child.send({ id: last, ...body });
    return (await asked.promise) as T;
  };
}
