import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Access } from '../constructs/access.ts';
import { GatewayBucket } from '../constructs/bucket.ts';
import { GatewayFunction } from '../constructs/function.ts';
import type { Platform } from '../constructs/platform.ts';
import { runEvery } from '../constructs/schedule.ts';
import type { Files } from '../files/files.ts';

/** Workspaces: the bucket of their files, and the sweep that does what requests have left. */
export class Workspaces extends Construct {
  readonly bucket: GatewayBucket;
  /** Access for changing workspaces and jobs. */
  readonly access: readonly Access[];

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
    ];
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
