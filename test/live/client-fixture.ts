import { once } from 'node:events';
import { connect as connectTo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Timing } from '../../shared/live/client/timing.ts';
import { type ClientOptions, WebsocketClient } from '../../shared/live/client/websocket-client.ts';

/** A network between clients and an API, which may break. */
export interface Network {
  url: string;
  /** Connections that were ever made. */
  readonly made: number;
  /** The first line of each: method, path and version. */
  readonly requestLines: readonly string[];
  /** Breaks all connections off. */
  cut(): void;
  /** Has nothing arrive any more, in both directions, on the connections that there are. Nobody is told. */
  stall(): void;
  /** Lets nobody connect, until it is called with `false`. */
  refuse(refuses: boolean): void;
}

/** Puts a network in front of an API. It ends with the test. */
export async function startNetwork(apiUrl: string): Promise<Network> {
  const target = new URL(apiUrl);
  const pairs = new Set<[Socket, Socket]>();
  const requestLines: string[] = [];
  let [made, refuses] = [0, false];
  const server = createServer((client) => {
    made += 1;
    if (refuses) return client.destroy();
    const api = connectTo(Number(target.port), target.hostname);
    const pair: [Socket, Socket] = [client, api];
    pairs.add(pair);
    client.once('data', (head) => requestLines.push(String(head).split('\r\n')[0] ?? ''));
    client.pipe(api).pipe(client);
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => {
        pairs.delete(pair);
        for (const side of pair) side.destroy();
      });
    }
    return undefined;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    url: `ws://127.0.0.1:${port}${target.pathname}`,
    get made() {
      return made;
    },
    requestLines,
    cut,
    stall() {
      for (const [client, api] of pairs) {
        client.unpipe(api);
        api.unpipe(client);
        for (const socket of [client, api]) socket.resume();
      }
    },
    refuse(now) {
      refuses = now;
    },
  };
}

/** Time that passes only when a test says so. */
export class ManualTiming implements Timing {
  /** Chance: the middle. */
  chance = 0.5;
  private at = Date.now();
  private readonly timers = new Map<symbol, { at: number; act: () => void }>();

  now(): number {
    return this.at;
  }

  random(): number {
    return this.chance;
  }

  after(milliseconds: number, act: () => void): () => void {
    const id = Symbol('timer');
    this.timers.set(id, { at: this.at + milliseconds, act });
    return () => void this.timers.delete(id);
  }

  /** Milliseconds until each timer acts, in their order. */
  get delays(): number[] {
    return [...this.timers.values()].map(({ at }) => at - this.at).toSorted((one, other) => one - other);
  }

  advance(milliseconds: number): void {
    const end = this.at + milliseconds;
    for (;;) {
      const [next] = [...this.timers]
        .filter(([, { at }]) => at <= end)
        .toSorted(([, one], [, other]) => one.at - other.at);
      if (!next) break;
      const [id, { at, act }] = next;
      this.timers.delete(id);
      this.at = Math.max(this.at, at);
      act();
    }
    this.at = end;
  }
}

/** The system's timers, so many times as fast. */
export function fastTiming(times: number): Timing {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * times,
    random: () => Math.random(),
    after(milliseconds, act) {
      const timer = setTimeout(act, milliseconds / times);
      return () => clearTimeout(timer);
    },
  };
}

/** A client that is closed when the test ends. */
export function startClient(url: string, options: ClientOptions): WebsocketClient {
  const client = new WebsocketClient(url, options);
  onTestFinished(() => client.close());
  return client;
}
