import type { Random } from '../random.ts';
import type { Scheduler } from '../time.ts';
import type { Connect, NetworkEnd } from './client-socket.ts';

/** A client that asks for no features, as they were before there were any: it connects again and again. */
export class PlainClient {
  readonly #name: string;
  readonly #connect: Connect;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #signIn: () => Promise<string>;
  #isStopped = false;
  #network: NetworkEnd | undefined;

  constructor(name: string, connect: Connect, scheduler: Scheduler, random: Random, signIn: () => Promise<string>) {
    this.#name = name;
    this.#connect = connect;
    this.#scheduler = scheduler;
    this.#random = random;
    this.#signIn = signIn;
  }

  async run(): Promise<void> {
    const token = await this.#signIn().catch(() => undefined);
    if (this.#isStopped) return;
    if (token === undefined) return this.#runLater();
    const network = this.#connect(this.#name, {
      onOpen: () => network.send(JSON.stringify({ token })),
      onMessage() {},
      onClose: () => {
        if (this.#network === network) this.#runLater();
      },
    });
    this.#network = network;
    this.#keepAlive(network);
  }

  /** Asks for something, if it is connected, and does not look at answers. */
  ask(n: number): void {
    this.#network?.send(JSON.stringify({ action: 'note', n }));
  }

  stop(): void {
    this.#isStopped = true;
    this.#network?.close();
  }

  #runLater(): void {
    this.#network = undefined;
    this.#scheduler.after(2_000 + this.#random.next() * 8_000, () => void this.run());
  }

  #keepAlive(network: NetworkEnd): void {
    this.#scheduler.after(20_000, () => {
      if (this.#isStopped || this.#network !== network) return;
      network.send('{"action":"keepalive"}');
      this.#keepAlive(network);
    });
  }
}
