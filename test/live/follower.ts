import type { LiveClient, Received } from './live-client.ts';
import type { Live } from './live-fixture.ts';

/** A client that follows a channel over reconnects: it drops doubles by their offsets, and waits for what is before a push. */
export class Follower {
  /** Pushes that it has got, in the order of the offsets. */
  readonly got: Received[] = [];
  /** How often it was told that it may have missed something. */
  gaps = 0;
  private readonly live: Live;
  private readonly token: unknown;
  private readonly early = new Map<number, Received>();
  private client: LiveClient | undefined;
  private place: { epoch: string; offset: number } | undefined;

  constructor(live: Live, token: unknown) {
    this.live = live;
    this.token = token;
  }

  get offset(): number {
    return this.place?.offset ?? 0;
  }

  /** Connects, and goes on where it was. */
  async connect(): Promise<void> {
    const client = await this.live.connect();
    const answer = await client.ask({
      token: this.token,
      features: ['resume'],
      ...(this.place && { resume: this.place }),
    });
    const { epoch, offset, recovered } = answer as { epoch: string; offset: number; recovered?: boolean };
    if (recovered !== true) {
      if (this.place) this.gaps += 1;
      this.place = { epoch, offset };
    }
    this.client = client;
    void this.read(client);
  }

  /** Breaks the connection off. */
  cut(): void {
    this.client?.terminate();
    this.client = undefined;
    this.early.clear();
  }

  private async read(client: LiveClient): Promise<void> {
    while (this.client === client) {
      const message = await client.receive();
      if (this.client === client && message.push === true) this.take(message);
    }
  }

  private take(message: Received): void {
    if (!this.place) throw new Error('a push came before the answer');
    const offset = Number(message.offset);
    if (offset <= this.place.offset) return;
    this.early.set(offset, message);
    for (;;) {
      const next = this.early.get(this.place.offset + 1);
      if (!next) return;
      this.early.delete(this.place.offset + 1);
      this.place.offset += 1;
      this.got.push(next);
    }
  }
}
