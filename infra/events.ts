import { Duration, Stack } from 'aws-cdk-lib';
import { CfnArchive, CfnEventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { organizationIndex } from '../shared/accounts/organization.ts';
import { eventSource } from '../shared/platform/event-bus.ts';
import { GatewayFunction } from './constructs/function.ts';
import { output } from './constructs/output.ts';
import type { Platform } from './constructs/platform.ts';
import { GatewayQueue } from './constructs/queue.ts';
import { runEvery } from './constructs/schedule.ts';
import type { Live } from './live.ts';

/**
 * Domain events for the centre's own systems: a bus, and the only function that may put events on it. From the archive, a
 * system that was down or is new can replay the events of a month.
 */
export class Events extends Construct {
  constructor(scope: Construct, id: string, platform: Platform, { pushAccess, watchAccess }: Live) {
    super(scope, id);
    const { tables } = platform;
    const bus = this.createBus(platform);
    output(this, 'EventBus', bus.ref);
    const publish = new GatewayFunction(this, 'Publish', {
      platform,
      entry: 'history/publish-events',
      memorySize: 256,
      timeout: Duration.minutes(1),
      access: [
        tables.unpublished.access('Scan', 'BatchWriteItem', 'UpdateItem'),
        // Events reach connections, too, and what watches these is started when it should be at work.
        ...pushAccess,
        watchAccess,
        tables.control.access('GetItem', 'UpdateItem'),
        tables.subscriptions.access('Query', 'PutItem', 'DeleteItem'),
        tables.connections.access('DeleteItem'),
        tables.channels.access('GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'),
        tables.accounts.access('BatchGetItem'),
        tables.accounts.indexAccess(organizationIndex.indexName),
        tables.sessions.access('BatchGetItem'),
        tables.users.access('BatchGetItem'),
        tables.incidents.access('GetItem'),
        {
          environment: { EVENT_BUS: bus.ref },
          allows: [{ actions: ['events:PutEvents'], resources: [bus.attrArn] }],
        },
      ],
    });
    runEvery(this, publish, {
      key: platform.key,
      rate: Duration.minutes(1),
      description: 'Publishes changes as events',
      failures: 'PublishFailureQueue',
    });
  }

  /**
   * Without CDK's own constructs: the statement that they add to the key's policy refers to the bus, which would be a circular
   * dependency.
   */
  private createBus({ key }: Platform): CfnEventBus {
    const stack = Stack.of(this);
    const arn = stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: stack.stackName });
    // Without the key, because a disabled key is a reason for events to arrive here.
    const deadLetters = new GatewayQueue(this, 'DeadLetters', {
      output: 'EventsDeadLetterQueue',
      retentionPeriod: Duration.days(14),
    });
    const { policyDependable } = deadLetters.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [deadLetters.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': arn } },
      }),
    );
    key.allowEventBus(arn);
    const bus = new CfnEventBus(this, 'Bus', {
      name: stack.stackName,
      description: 'Changes of projects, accesses and files',
      kmsKeyIdentifier: key.keyArn,
      // Receives accepted events that cannot be encrypted or decrypted, for example while the key is disabled.
      deadLetterConfig: { arn: deadLetters.queueArn },
    });
    if (policyDependable) bus.node.addDependency(policyDependable);
    new CfnArchive(this, 'Archive', {
      sourceArn: bus.attrArn,
      eventPattern: { source: [eventSource] },
      retentionDays: 30,
      kmsKeyIdentifier: key.keyArn,
    });
    return bus;
  }
}
