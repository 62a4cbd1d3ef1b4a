import { TransientError } from '../../../shared/platform/errors.ts';
import type { Host } from './host.ts';
import { idleShare } from './processors.ts';

/**
 * How long (in ms) to wait for a busy environment before one more is started, while the processors have time for it: a start
 * takes 100 ms of one, some 40 MB, and much more of both until the code is warm.
 */
const waitTime = 250;
/** How long (in ms) to wait when the processors have no time. */
const longWait = 5_000;
/** An environment that nobody used for so long (in ms) is ended. */
const idleTime = 120_000;

export interface PoolOptions {
  start: () => Host;
  /** The most environments at a time. */
  size: number;
}

/** The execution environments of one function: started as concurrent invocations need them, and used again. */
export interface Pool {
  /** An environment that is the caller's until it is released. @throws TransientError once the pool was stopped */
  acquire(): Promise<Host>;
  release(host: Host): void;
  /** Waits until there is an environment for one more invocation, or reason to start one. */
  ready(): Promise<void>;
  /** Ends them all, busy or not. */
  stop(): Promise<void>;
}

export function createPool({ start, size }: PoolOptions): Pool {
  const hosts = new Set<Host>();
  const idle: { host: Host; timer: NodeJS.Timeout }[] = [];
  const waiting = new Set<() => void>();
  let stopped = false;

  function takeIdle(): Host | undefined {
    for (let next = idle.pop(); next; next = idle.pop()) {
      clearTimeout(next.timer);
      if (!next.host.ended) return next.host;
      hosts.delete(next.host);
    }
  }

  function isWorthOneMore(waited: number): boolean {
    if (hosts.size === 0) return true;
    if (hosts.size >= size) return false;
    return waited >= longWait || (waited >= waitTime && idleShare() > 0.2);
  }

  /** Waits until an environment comes free, or patience runs out. */
  function anyReleased(): Promise<void> {
    return new Promise((done) => {
      const wake = () => {
        clearTimeout(timer);
        waiting.delete(wake);
        done();
      };
      const timer = setTimeout(wake, waitTime);
      waiting.add(wake);
    });
  }

  return {
    async acquire() {
      for (const since = performance.now(); ; await anyReleased()) {
        if (stopped) throw new TransientError('the gateway was stopped');
        const free = takeIdle();
        if (free) return free;
        if (!isWorthOneMore(performance.now() - since)) continue;
        const host = start();
        hosts.add(host);
        return host;
      }
    },
    async ready() {
      const since = performance.now();
      while (!stopped && idle.length === 0 && !isWorthOneMore(performance.now() - since)) await anyReleased();
    },
    release(host) {
      if (host.ended) hosts.delete(host);
      else idle.push({ host, timer: setTimeout(() => void host.end(), idleTime).unref() });
      const [first] = waiting;
      first?.();
    },
    async stop() {
      stopped = true;
      for (const { timer } of idle) clearTimeout(timer);
      await Promise.all([...hosts].map((host) => host.end()));
    },
  };
}
