import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { GatewayFunction } from './constructs/function.ts';
import { output } from './constructs/output.ts';
import type { Platform } from './constructs/platform.ts';
import type { ResourceAccess } from './constructs/rights.ts';
import { runEvery } from './constructs/schedule.ts';
import type { Files } from './files/files.ts';
import type { Messages } from './messages.ts';

/** The scheduled function that lists the portal's messages. A lease prevents concurrent polls. */
export class Poll extends Construct {
  /** Access for beginning a poll at once. */
  readonly startAccess: ResourceAccess;

  constructor(scope: Construct, id: string, platform: Platform, messages: Messages, files: Files) {
    super(scope, id);
    const { settings, tables } = platform;
    const poll = new GatewayFunction(this, 'Function', {
      platform,
      entry: 'messages/poll',
      memorySize: 512,
      timeout: Duration.minutes(5),
      access: [
        ...messages.messageAccess,
        ...files.transferStartAccess,
        ...messages.markAccess,
        // Texts of deliveries whose files are not registered yet.
        messages.largeData('GetObject', 'PutObject'),
        tables.messages.access('PutItem'),
        tables.lines.access('Scan', 'PutItem'),
        tables.members.access('BatchWriteItem'),
        tables.users.access('BatchGetItem'),
        // Counts open incidents, and looks up decisions about reused ids.
        tables.incidents.access('Scan', 'BatchGetItem'),
        // Reads the pause, and takes the lease of the poll.
        tables.control.access('GetItem', 'UpdateItem', 'ConditionCheckItem'),
        platform.setting('STRICT_MESSAGES'),
      ],
    });
    const { functionName, functionArn } = poll.lambda;
    output(this, 'PollFunction', functionName);
    this.startAccess = {
      environment: { POLL_FUNCTION: functionName },
      allows: [{ actions: ['lambda:InvokeFunction'], resources: [functionArn] }],
    };
    runEvery(this, poll, {
      key: platform.key,
      rate: Duration.minutes(settings.pollMinutes),
      description: 'Lists the messages of the portal',
      failures: 'PollFailureQueue',
    });
  }
}
