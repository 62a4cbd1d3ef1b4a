import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type { SimulatedFaults } from './faults.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './time.ts';

interface QueueMessage {
  id: string;
  body: string;
  visibleAt: number;
  received: number;
}

/** Starts a function with what a queue has. @returns nothing when the function ended early */
type Consumer = (queue: string, records: SQSRecord[]) => Promise<SQSBatchResponse | undefined>;

const visibilityTimeout = 180_000;
const maxReceiveCount = 5;
const batchSize = 10;

/** SQS with its event source mappings: it delivers at least once, in no order, and here also not at all. */
export class Queues {
  /** Bodies of what was received too often. */
  readonly dead: string[] = [];
  /** Bodies of all that was ever sent. */
  readonly sent: string[] = [];
  readonly #scheduler: Scheduler;
  readonly #faults: SimulatedFaults;
  readonly #random: Random;
  readonly #consume: Consumer;
  readonly #queues = new Map<string, Set<QueueMessage>>();
  #count = 0;

  constructor(scheduler: Scheduler, faults: SimulatedFaults, random: Random, consume: Consumer) {
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#random = random;
    this.#consume = consume;
  }

  send(queue: string, body: string): void {
    this.sent.push(body);
    const fault = this.#faults.draw('queue', ['message lost', 'message doubled', 'message late']);
    if (fault === 'message lost') return;
    this.#put(queue, body, fault === 'message late' ? this.#random.next() * 400_000 : 0);
    if (fault === 'message doubled') this.#put(queue, body, this.#random.next() * 40_000);
  }

  #put(queue: string, body: string, delay: number): void {
    const visibleAt = this.#scheduler.now + delay;
    this.#of(queue).add({ id: `q${++this.#count}`, body, visibleAt, received: 0 });
    this.#deliverAfter(queue, delay + 5 + this.#random.next() * 300);
  }

  #of(queue: string): Set<QueueMessage> {
    let messages = this.#queues.get(queue);
    if (!messages) {
      messages = new Set();
      this.#queues.set(queue, messages);
    }
    return messages;
  }

  #deliverAfter(queue: string, delay: number): void {
    this.#scheduler.after(delay, () => void this.#deliver(queue));
  }

  async #deliver(queue: string): Promise<void> {
    const messages = this.#of(queue);
    const { now } = this.#scheduler;
    const visible = [...messages].filter((message) => message.visibleAt <= now);
    const batch = visible.slice(0, this.#random.integer(1, batchSize));
    if (batch.length < visible.length) this.#deliverAfter(queue, 50);
    if (batch.length === 0) return;
    for (const message of batch) {
      message.received++;
      message.visibleAt = now + visibilityTimeout;
    }
    const answer = await this.#consume(queue, batch.map(recordOf));
    const failed = new Set(answer?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const message of batch) {
      const isDead = message.received >= maxReceiveCount;
      if (answer && !failed.has(message.id)) messages.delete(message);
      else if (!isDead) this.#deliverAfter(queue, message.visibleAt - this.#scheduler.now + 1);
      else {
        messages.delete(message);
        this.dead.push(message.body);
      }
    }
  }
}

const recordOf = ({ id, body, received }: QueueMessage): SQSRecord => ({
  messageId: id,
  body,
  receiptHandle: id,
  attributes: {
    ApproximateReceiveCount: String(received),
    SentTimestamp: '0',
    SenderId: 'gateway',
    ApproximateFirstReceiveTimestamp: '0',
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:eu-north-1:000000000000:queue',
  awsRegion: 'eu-north-1',
});
