import { Duration } from 'aws-cdk-lib';
import { type DeadLetterQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { GatewayKey } from './key.ts';
import { acknowledgeNagFinding } from './nag.ts';
import { output } from './output.ts';
import type { Statement } from './rights.ts';

/** Timeout of functions that consume a queue. */
export const functionTimeout = Duration.seconds(30);

/** Deliveries of a message before it becomes a dead letter. */
const maxReceiveCount = 5;

export interface GatewayQueueProps {
  /** Encrypts the queue; by default SQS does with its own key. */
  readonly key?: GatewayKey;
  /** The output with its URL. The suffix shows what the queue contains; see `queuesOf`. */
  readonly output: `${string}Queue`;
  readonly retentionPeriod: Duration;
  readonly visibilityTimeout?: Duration;
  /** Without one, operators handle the messages. */
  readonly deadLetterQueue?: DeadLetterQueue;
}

/** An encrypted queue that only accepts TLS. */
export class GatewayQueue extends Queue {
  readonly output: GatewayQueueProps['output'];
  private readonly key: GatewayKey | undefined;

  constructor(scope: Construct, id: string, { key, output: name, ...props }: GatewayQueueProps) {
    const encryption = key
      ? { encryption: QueueEncryption.KMS, encryptionMasterKey: key }
      : { encryption: QueueEncryption.SQS_MANAGED };
    super(scope, id, { ...props, ...encryption, enforceSSL: true });
    this.key = key;
    this.output = name;
    output(this, name, this.queueUrl);
    if (!props.deadLetterQueue)
      acknowledgeNagFinding(this, 'AwsSolutions-SQS3', 'it is itself where failures end, and people look after it');
  }

  /** Statement for counting the queue's messages. */
  get countStatement(): Statement {
    return { actions: ['sqs:GetQueueAttributes'], resources: [this.queueArn] };
  }

  /** Statements for counting the queue's messages, and taking them. */
  get takeStatements(): Statement[] {
    const actions = ['sqs:GetQueueAttributes', 'sqs:ReceiveMessage', 'sqs:DeleteMessage'];
    const take = { actions, resources: [this.queueArn] };
    return this.key ? [take, this.key.statement('sqs', 'take')] : [take];
  }

  /** Statements for sending to the queue. */
  get sendStatements(): Statement[] {
    const send = { actions: ['sqs:SendMessage'], resources: [this.queueArn] };
    return this.key ? [send, this.key.statement('sqs', 'send')] : [send];
  }
}

/**
 * A queue for a function, with a dead-letter queue. As the tables count attempts, only messages that cannot be decoded or that
 * repeatedly end functions early become dead letters.
 */
export function functionQueue(scope: Construct, name: string, key: GatewayKey): GatewayQueue {
  const deadLetters = new GatewayQueue(scope, `${name}DeadLetters`, {
    key,
    output: `${name}DeadLetterQueue`,
    retentionPeriod: Duration.days(14),
  });
  return new GatewayQueue(scope, `${name}Queue`, {
    key,
    output: `${name}Queue`,
    retentionPeriod: Duration.days(4),
    // Lambda's documentation recommends six times the function's timeout, so that throttled batches are not delivered twice.
    visibilityTimeout: Duration.seconds(6 * functionTimeout.toSeconds()),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount },
  });
}
