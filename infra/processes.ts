import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { organizationIndex } from '../shared/accounts/organization.ts';
import type { Access } from './constructs/access.ts';
import { GatewayFunction } from './constructs/function.ts';
import type { Platform } from './constructs/platform.ts';
import type { GatewayQueue } from './constructs/queue.ts';
import { runEvery } from './constructs/schedule.ts';

export interface ProcessesProps {
  readonly platform: Platform;
  /** Queue for sweeps that failed. */
  readonly sweepFailures: GatewayQueue;
}

/** Projects and processes: the sweep that removes expired drafts and does what requests have left. */
export class Processes extends Construct {
  constructor(scope: Construct, id: string, { platform, sweepFailures }: ProcessesProps) {
    super(scope, id);
    const sweep = new GatewayFunction(this, 'Sweep', {
      platform,
      entry: 'processes/sweep',
      memorySize: 256,
      timeout: Duration.minutes(5),
      access: processAccess(platform),
    });
    runEvery(this, sweep, {
      key: platform.key,
      rate: Duration.minutes(15),
      description: 'Removes expired drafts, and does what requests about processes have left',
      failures: sweepFailures,
    });
  }
}

/** Access for changing processes. */
export const processAccess = (platform: Platform): Access[] => {
  const { tables, historyAccess } = platform;
  return [
    platform.processTables,
    tables.processes.access(
      ...(['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'] as const),
    ),
    tables.accounts.access('GetItem'),
    tables.accounts.indexAccess(organizationIndex.indexName),
    historyAccess('Query'),
  ];
};

/** Access for adopting the drafts of a visitor. */
export const draftAccess = (platform: Platform): Access[] => [
  platform.processTables,
  platform.tables.processes.access('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'),
  platform.historyAccess(),
];
