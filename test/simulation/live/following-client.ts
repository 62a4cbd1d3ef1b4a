import { ClosedError } from '../../../shared/live/client/errors.ts';
import type { LogPlace, Message } from '../../../shared/live/client/message.ts';
import type { Received } from '../../../shared/live/client/push-sequence.ts';
import { WebsocketClient } from '../../../shared/live/client/websocket-client.ts';
import type { Random } from '../random.ts';
import type { Scheduler } from '../time.ts';

/** A request, and what became of it. */
export interface Asked {
  n: number;
  /** The answer; absent while there is none, and when there never will be one. */
  answer?: Message;
  isOver: boolean;
}

/** Milliseconds after which a program that has ended by itself is started again. */
const restartTime = 5_000;

/** The gateway's own client, as a program of an account runs it, with what came of it. */
export class FollowingClient {
  readonly account: string;
  readonly name: string;
  /** Pushes and gaps since the first connection, over all runs of the program. */
  readonly received: Received[] = [];
  readonly asked: Asked[] = [];
  /** Where the first connection began. */
  start: LogPlace | undefined;
  /** Offsets of the log that the server named without their pushes. */
  readonly passedOver = new Set<number>();
  readonly #url: string;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #signIn: () => Promise<string>;
  #client: WebsocketClient | undefined;

  constructor(
    { account, name, url }: { account: string; name: string; url: string },
    scheduler: Scheduler,
    random: Random,
    signIn: () => Promise<string>,
  ) {
    this.account = account;
    this.name = name;
    this.#url = `${url}?client=${name}`;
    this.#scheduler = scheduler;
    this.#random = random;
    this.#signIn = signIn;
  }

  get isRunning(): boolean {
    return this.#client !== undefined;
  }

  get isOpen(): boolean {
    return this.#client?.state === 'open';
  }

  /** The place reached. */
  get place(): LogPlace | undefined {
    return this.#client?.place;
  }

  /** Starts the program, which goes on behind the last push that it received. */
  run(): void {
    const from = this.#reached();
    const client = new WebsocketClient(this.#url, {
      token: async () => ({ token: await this.#signIn() }),
      ...(from && { from }),
      presence: this.#random.chance(0.3),
      timing: {
        now: () => this.#scheduler.now,
        random: () => this.#random.next(),
        after: (milliseconds, act) => this.#scheduler.after(milliseconds, act),
      },
    });
    this.#client = client;
    client.onPush('*', (message, place) => {
      if (place) this.received.push({ type: 'push', message, place });
    });
    client.onGap((before, after) => this.received.push({ type: 'gap', before, after }));
    client.onState((state) => {
      if (state === 'open') this.start ??= client.place;
      if (state === 'closed') this.#scheduler.after(restartTime, () => this.#runAfter(client));
    });
  }

  /** Starts the program again that has ended by itself: its token was refused, because it had ended as soon as it was given. */
  #runAfter(client: WebsocketClient): void {
    if (this.#client === client) this.run();
  }

  /** Ends the program. */
  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.close();
  }

  /** Asks for something, and waits for the answer. */
  async ask(n: number): Promise<void> {
    if (!this.#client) return;
    const asked: Asked = { n, isOver: false };
    this.asked.push(asked);
    try {
      asked.answer = await this.#client.request('note', { n });
    } catch (error) {
      // Nobody knows if it was carried out.
      if (!(error instanceof ClosedError || Reflect.get(Object(error), 'name')?.endsWith('Error'))) throw error;
    }
    asked.isOver = true;
  }

  /** The place behind the last push or gap. */
  #reached(): LogPlace | undefined {
    const last = this.received.at(-1);
    return last?.type === 'gap' ? last.after : (last?.place ?? this.start);
  }
}
