import { TransientError } from '../../../shared/platform/errors.ts';
import type { Host } from './host.ts';
import { idleShare } from './processors.ts';

/**
 * Time (in ms) for which callers have to wait for busy environments before another one is started, while the processors are not
 * busy: a start takes 100 ms of a processor and about 40 MB, and much more of both until the code is warm.
 */
const waitTime = 250;
/** Unused share of the processors' time with which they are not busy. */
const spareShare = 0.1;
/** Time (in ms) if the processors are busy. */
const longWait = 5_000;
/** Idle time (in ms) after which an environment is ended. */
const idleTime = 120_000;

export interface PoolOptions {
  start: () => Host;
  /** Most environments. */
  size: number;
}

/** The execution environments of one function, started on demand and reused. */
export interface Pool {
  /** Acquires an environment for the caller until it is released. @throws TransientError after the pool was stopped */
  acquire(): Promise<Host>;
  release(host: Host): void;
  /** Waits until an environment is free or another one should be started. */
  ready(): Promise<void>;
  /** Ends them all, busy or not. */
  stop(): Promise<void>;
}

export function createPool({ start, size }: PoolOptions): Pool {
  const hosts = new Set<Host>();
  const idle: { host: Host; timer: NodeJS.Timeout }[] = [];
  const waiting = new Set<() => void>();
  /** Since when there has always been a caller who waits. */
  let waitedSince: number | undefined;
  let stopped = false;

  function takeIdle(): Host | undefined {
    for (let next = idle.pop(); next; next = idle.pop()) {
      clearTimeout(next.timer);
      if (!next.host.ended) return next.host;
      hosts.delete(next.host);
    }
  }

  function isWorthOneMore(): boolean {
    if (hosts.size === 0) return true;
    if (hosts.size >= size || waitedSince === undefined) return false;
    const waited = performance.now() - waitedSince;
    return waited >= longWait || (waited >= waitTime && idleShare() > spareShare);
  }

  /** Waits until an environment is released, or the wait is over. */
  function anyReleased(): Promise<void> {
    waitedSince ??= performance.now();
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
      for (; ; await anyReleased()) {
        if (stopped) throw new TransientError('the gateway was stopped');
        const free = takeIdle();
        if (free) {
          if (waiting.size === 0) waitedSince = undefined;
          return free;
        }
        if (!isWorthOneMore()) continue;
        waitedSince = undefined;
        const host = start();
        hosts.add(host);
        return host;
      }
    },
    async ready() {
      while (!stopped && idle.length === 0 && !isWorthOneMore()) await anyReleased();
    },
    release(host) {
      if (host.ended) hosts.delete(host);
      else idle.push({ host, timer: setTimeout(() => void host.end(), idleTime).unref() });
      const [first] = waiting;
      if (!first) waitedSince = undefined;
      first?.();
    },
    async stop() {
      stopped = true;
      for (const { timer } of idle) clearTimeout(timer);
      await Promise.all([...hosts].map((host) => host.end()));
    },
  };
}
