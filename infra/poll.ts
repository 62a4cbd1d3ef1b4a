import { Duration } from 'aws-cdk-lib';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Files } from './files.ts';
import { GatewayFunction } from './function.ts';
import type { Messages } from './messages.ts';
import { output } from './output.ts';
import type { Platform } from './platform.ts';

/** The scheduled function that lists the portal's messages. Polls that overlap exclude each other by a lease. */
export class Poll extends Construct {
  constructor(scope: Construct, id: string, platform: Platform, messages: Messages, files: Files) {
    super(scope, id);
    const { settings, tables } = platform;
    const failures = new Queue(this, 'Failures', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    output(this, 'PollFailureQueue', failures.queueUrl);
    const poll = new GatewayFunction(this, 'Function', {
      platform,
      entry: 'messages/poll',
      memorySize: 512,
      timeout: Duration.minutes(5),
      uses: [
        ...messages.lineWork,
        ...files.starting,
        platform.portal,
        messages.largeData('PutObject'),
        tables.messages.to('PutItem'),
        tables.lines.to('Scan', 'PutItem'),
        tables.members.to('PutItem'),
        tables.users.to('BatchGetItem'),
        // Whether work is paused, and the lease by which polls exclude each other.
        tables.control.to('BatchGetItem', 'UpdateItem', 'ConditionCheckItem'),
        platform.setting('STRICT_MESSAGES'),
      ],
    });
    // The next poll comes soon enough, and the schedule's own dead-letter queue would never see a function's error.
    poll.lambda.configureAsyncInvoke({
      retryAttempts: 0,
      maxEventAge: Duration.seconds(60),
      onFailure: new SqsDestination(failures),
    });
    new Schedule(this, 'Schedule', {
      description: 'Lists the messages of the portal',
      schedule: ScheduleExpression.rate(Duration.minutes(settings.pollMinutes)),
      target: new LambdaInvoke(poll.lambda, { retryAttempts: 0, maxEventAge: Duration.seconds(60) }),
    });
  }
}
