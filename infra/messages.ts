import { Duration, Stack } from 'aws-cdk-lib';
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type MessageType, messageTypes } from '../shared/portal/messages.ts';
import { GatewayBucket } from './bucket.ts';
import { GatewayFunction } from './function.ts';
import { output } from './output.ts';
import type { Platform } from './platform.ts';
import type { Use } from './use.ts';

const messageTimeout = Duration.seconds(30);

/** The queues of the messages, a function for each type, and what all functions share that move a line on. */
export class Messages extends Construct {
  /** Message data that is too large for a table. */
  readonly internal: GatewayBucket;
  /** Taking, finishing and queueing the messages of a line, and marking them at the portal. */
  readonly lineWork: readonly Use[];
  private readonly platform: Platform;
  private readonly queues: Record<MessageType, Queue>;

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    this.platform = platform;
    this.internal = new GatewayBucket(this, 'Internal', 'INTERNAL_BUCKET', {
      prefixes: ['messages/'],
      expiration: Duration.days(400),
    });
    this.queues = Object.fromEntries(messageTypes.map((type) => [type, messageQueue(this, type)])) as Record<
      MessageType,
      Queue
    >;
    this.lineWork = [
      ...lineTables(platform),
      this.internal.to('GetObject'),
      this.queueing(),
      platform.portal,
      platform.setting('POLL_SECONDS', 'MAX_ATTEMPTS', 'MISMATCHES_PER_HOUR', 'HOLD_MISMATCHES_OF'),
    ];
  }

  /** Gives the messages of a type to a function of their own. */
  handle(scope: Construct, type: MessageType, entry: string, uses: readonly Use[]): void {
    const handler = new GatewayFunction(scope, type, {
      platform: this.platform,
      entry,
      memorySize: 256,
      timeout: messageTimeout,
      recursiveLoop: RecursiveLoop.ALLOW,
      uses: [...this.lineWork, ...uses],
    });
    handler.lambda.addEventSource(
      new SqsEventSource(this.queues[type], {
        batchSize: 10,
        maxConcurrency: this.platform.settings.maxConcurrency,
        reportBatchItemFailures: true,
      }),
    );
  }

  /** Queueing what is next in a line, of whichever type it is. */
  private queueing(): Use {
    const queues = Object.entries(this.queues);
    return {
      environment: {
        QUEUE_URLS: Stack.of(this).toJsonString(
          Object.fromEntries(queues.map(([type, queue]) => [type, queue.queueUrl])),
        ),
      },
      allows: [{ actions: ['sqs:SendMessage'], resources: queues.map(([, queue]) => queue.queueArn) }],
    };
  }
}

function lineTables({ tables }: Platform): Use[] {
  return [
    tables.messages.to('read', 'update'),
    tables.lines.to('read', 'query', 'put', 'update', 'delete'),
    tables.control.to('read', 'put', 'update'),
    tables.history.to('put', 'query'),
    tables.incidents.to('read', 'update'),
    tables.members.to('read', 'query', 'put', 'delete'),
  ];
}

/**
 * The table counts the attempts of a message: only what can't be decoded, or ends functions early again and again, reaches
 * the dead-letter queue.
 */
function messageQueue(scope: Construct, type: MessageType): Queue {
  const deadLetters = new Queue(scope, `${type}DeadLetters`, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  const queue = new Queue(scope, `${type}Queue`, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(4),
    // Lambda's documentation asks for six times the function's timeout, so that throttled batches don't come twice.
    visibilityTimeout: Duration.seconds(6 * messageTimeout.toSeconds()),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 },
  });
  output(scope, `${type}Queue`, queue.queueUrl);
  output(scope, `${type}DeadLetterQueue`, deadLetters.queueUrl);
  return queue;
}
