import { Duration, Stack } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { messageRetentionDays } from '../shared/messages/retention.ts';
import { type MessageType, messageTypes } from '../shared/portal/message-schema.ts';
import { GatewayBucket, type ObjectAction } from './constructs/bucket.ts';
import { GatewayFunction } from './constructs/function.ts';
import type { Platform } from './constructs/platform.ts';
import { functionQueue, functionTimeout, type GatewayQueue } from './constructs/queue.ts';
import type { ResourceAccess } from './constructs/rights.ts';

/** The queues of the messages, a function for each type, and the access shared by all functions that continue a line. */
export class Messages extends Construct {
  /** Rights to message data that is too large for a table. */
  readonly largeData: (...actions: ObjectAction[]) => ResourceAccess;
  /** Access for changing and holding messages, and for queueing the next ones of their lines. */
  readonly messageAccess: readonly ResourceAccess[];
  /** Access for marking messages in the portal and removing them from their lines. */
  readonly markAccess: readonly ResourceAccess[];
  private readonly platform: Platform;
  private readonly queues: Record<MessageType, GatewayQueue>;

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    this.platform = platform;
    const internal = new GatewayBucket(this, 'Internal', 'INTERNAL_BUCKET', {
      key: platform.key,
      expiration: Duration.days(messageRetentionDays),
    });
    this.largeData = (...actions) => internal.toObjects('messages/', ...actions);
    this.queues = Object.fromEntries(
      messageTypes.map((type) => [type, functionQueue(this, type, platform.key)]),
    ) as Record<MessageType, GatewayQueue>;
    const { tables, portal } = platform;
    this.markAccess = [portal, tables.lines.access('BatchWriteItem')];
    this.messageAccess = [
      tables.messages.access('GetItem', 'BatchGetItem', 'UpdateItem'),
      tables.lines.access('GetItem', 'Query', 'UpdateItem'),
      tables.incidents.access('UpdateItem'),
      // Queues incidents for being pushed to operators.
      tables.unpublished.access('PutItem'),
      this.queueing(),
      platform.setting('POLL_SECONDS', 'MAX_ATTEMPTS', 'MISMATCHES_PER_HOUR', 'HOLD_MISMATCHES_OF', 'HOLD_TYPES'),
      // The code needs these variables in every function; rights are granted separately to the functions that use them.
      { environment: { ...this.largeData().environment, ...portal.environment }, allows: [] },
    ];
  }

  /** Adds the queue and the function for the messages of a type. */
  handle(scope: Construct, type: MessageType, entry: string, uses: readonly ResourceAccess[]): void {
    const handler = new GatewayFunction(scope, type, {
      platform: this.platform,
      entry,
      memorySize: 256,
      timeout: functionTimeout,
      isRecursive: true,
      access: [
        ...this.messageAccess,
        // Reads the pause, and counts mismatches.
        this.platform.tables.control.access('GetItem', 'PutItem', 'UpdateItem'),
        this.largeData('GetObject'),
        ...uses,
      ],
    });
    handler.lambda.addEventSource(
      new SqsEventSource(this.queues[type], {
        batchSize: 10,
        maxConcurrency: this.platform.settings.maxConcurrency,
        reportBatchItemFailures: true,
      }),
    );
  }

  /** Access for queueing messages of any type. */
  private queueing(): ResourceAccess {
    const queues = Object.entries(this.queues);
    return {
      environment: {
        QUEUE_URLS: Stack.of(this).toJsonString(
          Object.fromEntries(queues.map(([type, queue]) => [type, queue.queueUrl])),
        ),
      },
      allows: queues.flatMap(([, queue]) => queue.sendStatements),
    };
  }
}
