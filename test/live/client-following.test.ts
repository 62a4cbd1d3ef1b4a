import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import type { LogPlace } from '../../shared/live/client/message.ts';
import type { Received } from '../../shared/live/client/push-sequence.ts';
import type { WebsocketClient } from '../../shared/live/client/websocket-client.ts';
import { fastTiming, type Network, startClient, startNetwork } from './client-fixture.ts';
import { deviceToken, legacyAuthenticate } from './legacy-tokens.ts';
import { type Live, startLive } from './live-fixture.ts';

/** Steps of a run; a long run has thousands. */
const steps = Number(process.env.STEPS ?? 12);
vi.setConfig({ testTimeout: 120_000 + steps * 2_000 });

const code = '1000000000000000';
const patience = { timeout: 60_000 };
const timing = fastTiming(10);

/** A program that follows a channel, and is started again where it was. */
class Program {
  /** Everything that was carried out, over all starts. */
  readonly all: Received[] = [];
  readonly network: Network;
  private client: WebsocketClient | undefined;
  /** Where it has begun. */
  private first: LogPlace | undefined;

  constructor(network: Network) {
    this.network = network;
  }

  get place(): LogPlace | undefined {
    const last = this.all.at(-1);
    return last ? (last.type === 'gap' ? last.after : last.place) : this.first;
  }

  async start(): Promise<void> {
    const from = this.place;
    this.client = startClient(this.network.url, {
      ...{ token: () => ({ token: deviceToken(code) }), timing },
      ...(from && { from }),
    });
    void this.read(this.client);
    // The first place is where the log is.
    if (from) return;
    await this.client.opened;
    this.first = this.client.place;
  }

  async restart(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    await client?.close();
    await this.start();
  }

  private async read(client: WebsocketClient): Promise<void> {
    for await (const received of client.receive()) {
      // The next program gets what the one that ends has not carried out.
      if (this.client !== client) return;
      this.all.push(received);
    }
  }
}

/** Loses the posts of pushes that a step wants to be lost. */
function losePosts({ context: { sockets } }: Live) {
  const { post } = sockets;
  const lost = { next: 0 };
  sockets.post = async (connectionId, text) => {
    if (!text.includes('"push":true') || lost.next === 0) return post(connectionId, text);
    lost.next -= 1;
    throw new Error('API Gateway is busy');
  };
  return lost;
}

const program = fc.nat({ max: 2 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('push' as const), count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('cut' as const, 'restart' as const), program }) },
  fc.record({ does: fc.constantFrom('stall' as const, 'refuse' as const, 'admit' as const), program }),
  fc.record({ does: fc.constant('lose' as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ does: fc.constant('forget' as const), back: fc.nat({ max: 6 }) }),
);

it('follows a channel over cuts, silence, lost posts, lost entries and restarts, without a double or a hole that it is not told of', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: steps, maxLength: steps, size: 'max' }), async (plan) => {
      const live = await startLive({ authenticate: () => legacyAuthenticate });
      const programs = await Promise.all([1, 2, 3].map(async () => new Program(await startNetwork(live.url))));
      await Promise.all(programs.map((one) => one.start()));
      const lost = losePosts(live);
      let [sent, isComplete] = [0, true];
      const push = async (count: number) => {
        const numbers = Array.from({ length: count }, () => ++sent);
        await Promise.all(numbers.map((n) => live.manager.send({ action: 'n', n }, code)));
      };
      for (const now of plan) {
        if (now.does === 'push') await push(now.count);
        else if (now.does === 'lose') lost.next = now.count;
        else if (now.does === 'forget') {
          isComplete = false;
          const Key = { channel: code, offset: Math.max(1, sent - now.back) };
          await live.context.db.send(new DeleteCommand({ TableName: live.context.tables.channels, Key }));
        } else {
          const one = programs[now.program];
          if (now.does === 'cut') one?.network.cut();
          else if (now.does === 'stall') one?.network.stall();
          else if (now.does === 'restart') await one?.restart();
          else one?.network.refuse(now.does === 'refuse');
        }
      }
      for (const { network } of programs) network.refuse(false);
      lost.next = 0;
      await push(1);
      for (const one of programs) {
        await expect.poll(() => one.place?.offset, patience).toBe(sent);
        expectWhole(one.all, isComplete);
      }
    }),
    { numRuns: 3, ...(process.env.SEED && { seed: Number(process.env.SEED) }) },
  );
});

/** Every push once, in the order of the offsets, and gaps where some are missing. */
function expectWhole(all: readonly Received[], isComplete: boolean): void {
  let reached = 0;
  const numbers: unknown[] = [];
  for (const received of all) {
    if (received.type === 'gap') {
      expect(isComplete).toBe(false);
      expect(received.before.offset).toBe(reached);
      reached = received.after.offset;
    } else {
      expect(received.place?.offset).toBe(reached + 1);
      reached += 1;
      numbers.push(received.message.n);
    }
  }
  expect(new Set(numbers).size).toBe(numbers.length);
}
