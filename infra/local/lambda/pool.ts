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
  /** Wakes the callers who wait for an environment, in the order in which they came. */
  const waiting = new Map<symbol, () => void>();
  /** Wakes those who wait until an invocation could start at once. */
  const watching = new Map<symbol, () => void>();
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

  /** Waits until an environment is released, or the wait is over. A caller who waits again keeps its place. */
  async function anyReleased(callers: Map<symbol, () => void>, caller: symbol): Promise<void> {
    waitedSince ??= performance.now();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, waitTime);
    callers.set(caller, resolve);
    await promise;
    clearTimeout(timer);
  }

  function wakeNext(): void {
    const [first] = waiting.size > 0 ? waiting.values() : watching.values();
    if (!first) waitedSince = undefined;
    first?.();
  }

  const isNext = (caller: symbol): boolean => waiting.size === 0 || waiting.keys().next().value === caller;

  return {
    async acquire() {
      const caller = Symbol('caller');
      try {
        for (; ; await anyReleased(waiting, caller)) {
          if (stopped) throw new TransientError('the gateway was stopped');
          const free = isNext(caller) ? takeIdle() : undefined;
          if (free) return free;
          if (!isWorthOneMore()) continue;
          waitedSince = undefined;
          const host = start();
          hosts.add(host);
          return host;
        }
      } finally {
        waiting.delete(caller);
        if (waiting.size + watching.size === 0) waitedSince = undefined;
        // Several may have been released before the first caller went on.
        if (idle.length > 0) wakeNext();
      }
    },
    async ready() {
      const caller = Symbol('caller');
      while (!stopped && idle.length === 0 && !isWorthOneMore()) await anyReleased(watching, caller);
      watching.delete(caller);
    },
    release(host) {
      if (host.ended) hosts.delete(host);
      else idle.push({ host, timer: setTimeout(() => void host.end(), idleTime).unref() });
      wakeNext();
    },
    async stop() {
      stopped = true;
      for (const { timer } of idle) clearTimeout(timer);
      await Promise.all([...hosts].map((host) => host.end()));
    },
  };
}
