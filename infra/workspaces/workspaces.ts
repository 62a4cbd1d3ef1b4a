import { Duration } from 'aws-cdk-lib';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { readConfiguration } from '../../shared/workspaces/configuration.ts';
import type { Access } from '../constructs/access.ts';
import { GatewayBucket } from '../constructs/bucket.ts';
import { GatewayFunction } from '../constructs/function.ts';
import type { Platform } from '../constructs/platform.ts';
import { runEvery } from '../constructs/schedule.ts';
import type { Files } from '../files/files.ts';
import { JobMachine, startJobExecution } from './job-machine.ts';

/** Workspaces: the bucket of their files, and the sweep that does what requests have left. */
export class Workspaces extends Construct {
  readonly bucket: GatewayBucket;
  /** Access for changing workspaces and jobs. */
  readonly access: readonly Access[];
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, platform: Platform, files: Files) {
    super(scope, id);
    const { tables, key } = platform;
    this.bucket = new GatewayBucket(this, 'Workspaces', 'WORKSPACES_BUCKET', { key });
    this.access = [
      platform.workspaceTable,
      platform.setting('WORKSPACES'),
      tables.workspaces.access(
        ...(['GetItem', 'BatchGetItem', 'BatchWriteItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'] as const),
      ),
      tables.accounts.access('GetItem', 'BatchGetItem'),
      tables.users.access('GetItem', 'ConditionCheckItem'),
      tables.projects.access('GetItem', 'ConditionCheckItem'),
      tables.files.access('BatchGetItem'),
      this.bucket.access('ListBucket', 'ListBucketMultipartUploads'),
      this.bucket.toObjects('workspaces/', 'GetObject', 'PutObject', 'DeleteObject', 'AbortMultipartUpload'),
      startJobExecution(this),
      // Empty on AWS: local jobs need a machine.
      { environment: { JOBS_DIRECTORY: '' }, allows: [] },
    ];
    this.machine = new JobMachine(this, 'Jobs', {
      platform,
      access: [...this.access, files.bucket.toObjects('projects/', 'GetObject'), ...tokenAccess(platform)],
    }).machine;
    const sweep = new GatewayFunction(this, 'Sweep', {
      platform,
      entry: 'workspaces/sweep',
      memorySize: 256,
      timeout: Duration.minutes(5),
      access: this.access,
    });
    runEvery(this, sweep, {
      key,
      rate: Duration.minutes(15),
      description: 'Does what requests about workspaces have left',
      failures: files.outbox.sweepFailures,
    });
  }
}

/** Access for the tokens of SLURM clusters. */
function tokenAccess({ settings }: Platform): Access[] {
  const { available_resources: resources } = readConfiguration(settings.workspaces);
  return Object.values(resources).flatMap(({ resource_type, connection_details }) =>
    resource_type === 'slurm'
      ? [
          {
            environment: {},
            allows: [{ actions: ['secretsmanager:GetSecretValue'], resources: [connection_details.token_secret] }],
          },
        ]
      : [],
  );
}
