import type { ClientEnd } from './websocket-api.ts';

/** The network's end of a client's connection. */
export interface NetworkEnd {
  send(text: string): void;
  close(): void;
}

/** Connects the client of this name. */
export type Connect = (client: string, end: ClientEnd) => NetworkEnd;

const networks = new Map<string, Connect>();

/** The platform's `WebSocket`, as far as the client uses it. */
class SimulatedWebSocket {
  readonly OPEN = 1;
  readonly CLOSED = 3;
  readyState = 0;
  readonly #network: NetworkEnd;
  readonly #listeners: { type: string; hear: (event: object) => void }[] = [];

  constructor(url: string) {
    const { hostname, searchParams } = new URL(url);
    const connect = networks.get(hostname);
    if (!connect) throw new Error(`${hostname} is not simulated`);
    this.#network = connect(searchParams.get('client') ?? '', {
      onOpen: () => {
        if (this.readyState !== 0) return;
        this.readyState = this.OPEN;
        this.#tell('open', {});
      },
      onMessage: (data) => {
        if (this.readyState === this.OPEN) this.#tell('message', { data });
      },
      onClose: (code) => this.#end(code),
    });
  }

  addEventListener(type: string, hear: (event: object) => void): void {
    this.#listeners.push({ type, hear });
  }

  send(text: string): void {
    this.#network.send(text);
  }

  close(): void {
    if (this.readyState === this.CLOSED) return;
    this.#network.close();
    queueMicrotask(() => this.#end(1000));
  }

  #end(code: number): void {
    if (this.readyState === this.CLOSED) return;
    this.readyState = this.CLOSED;
    this.#tell('close', { code, reason: '' });
  }

  #tell(type: string, event: object): void {
    for (const listener of this.#listeners) if (listener.type === type) listener.hear(event);
  }
}

/**
 * Lets the platform's `WebSocket` connect by simulated networks while something is played.
 *
 * @param hostname of the network, in URLs
 */
export async function withNetwork<Result>(
  hostname: string,
  connect: Connect,
  play: () => Promise<Result>,
): Promise<Result> {
  const { WebSocket } = globalThis;
  networks.set(hostname, connect);
  Object.assign(globalThis, { WebSocket: SimulatedWebSocket });
  try {
    return await play();
  } finally {
    networks.delete(hostname);
    Object.assign(globalThis, { WebSocket });
  }
}
