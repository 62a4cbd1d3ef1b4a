import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { GatewayFunction } from '../constructs/function.ts';
import type { Platform } from '../constructs/platform.ts';
import type { GatewayQueue } from '../constructs/queue.ts';
import { runEvery } from '../constructs/schedule.ts';
import { mailAccess } from './mail.ts';
import type { ProcessWork } from './process-work.ts';

export interface ProcessesProps {
  readonly platform: Platform;
  readonly work: ProcessWork;
  /** Queue for sweeps that failed. */
  readonly sweepFailures: GatewayQueue;
}

/** Projects and processes: the sweep that removes expired drafts and does what requests have left. */
export class Processes extends Construct {
  constructor(scope: Construct, id: string, { platform, work, sweepFailures }: ProcessesProps) {
    super(scope, id);
    const sweep = new GatewayFunction(this, 'Sweep', {
      platform,
      entry: 'processes/sweep',
      memorySize: 256,
      timeout: Duration.minutes(5),
      access: [
        ...work.access,
        // Whether the accounts of owners are still there.
        platform.tables.accounts.access('BatchGetItem'),
        ...mailAccess(this, platform),
      ],
    });
    runEvery(this, sweep, {
      key: platform.key,
      rate: Duration.minutes(15),
      description: 'Removes expired drafts, and does what requests about processes have left',
      failures: sweepFailures,
    });
  }
}
