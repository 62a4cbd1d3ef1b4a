import { Duration } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { eventSource } from '../shared/platform/event-bus.ts';
import { GatewayFunction } from './function.ts';
import { output } from './output.ts';
import type { Platform } from './platform.ts';
import { runEvery } from './schedule.ts';

/**
 * Domain events for the centre's own systems: a bus, and the one function that may put events on it. The archive lets a
 * system that was down, or is new, have the events of a month once more.
 */
export class Events extends Construct {
  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    const bus = new EventBus(this, 'Bus', { description: 'What changes of projects, accesses and files' });
    bus.archive('Archive', { eventPattern: { source: [eventSource] }, retention: Duration.days(30) });
    output(this, 'EventBus', bus.eventBusName);
    const publish = new GatewayFunction(this, 'Publish', {
      platform,
      entry: 'operations/publish-events',
      memorySize: 256,
      timeout: Duration.minutes(1),
      uses: [
        platform.tables.unpublished.to('Scan', 'BatchWriteItem'),
        {
          environment: { EVENT_BUS: bus.eventBusName },
          allows: [{ actions: ['events:PutEvents'], resources: [bus.eventBusArn] }],
        },
      ],
    });
    runEvery(this, publish, {
      key: platform.key,
      rate: Duration.minutes(1),
      description: 'Publishes what changed',
      failureOutput: 'PublishFailureQueue',
    });
  }
}
