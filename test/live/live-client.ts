import { WebSocket } from 'ws';

/** A JSON object as it came. */
export type Received = Record<string, unknown>;

/** The documented client: sends a value, receives one, closes. */
export class LiveClient {
  /** The close code, when the connection is closed. */
  readonly closed: Promise<number>;
  private readonly socket: WebSocket;
  private readonly queue: Received[] = [];
  private readonly waiting: ((message: Received) => void)[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      const next = this.waiting.shift();
      if (next) next(message);
      else this.queue.push(message);
    });
  }

  static async connect(url: string, headers: Record<string, string> = {}): Promise<LiveClient> {
    const socket = new WebSocket(url, { headers });
    const client = new LiveClient(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  /** Messages that nobody has received yet. */
  get unread(): readonly Received[] {
    return this.queue;
  }

  sendText(text: string): void {
    this.socket.send(text);
  }

  send(value: unknown): void {
    this.sendText(JSON.stringify(value));
  }

  async receive(): Promise<Received> {
    return this.queue.shift() ?? new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Sends a message and receives the next one. */
  async ask(value: unknown): Promise<Received> {
    this.send(value);
    return this.receive();
  }

  /** Breaks off without a close frame. */
  terminate(): void {
    this.socket.terminate();
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

/** Messages that a client has got until now: its ping is answered after all pushes. */
export async function received(client: LiveClient): Promise<Received[]> {
  const all: Received[] = [];
  client.send({ action: 'ping' });
  for (;;) {
    const message = await client.receive();
    if (message.action === 'ping') return all;
    all.push(message);
  }
}
