import { Construct } from 'constructs';
import type { Use } from '../constructs/access.ts';
import { GatewayBucket } from '../constructs/bucket.ts';
import type { Platform } from '../constructs/platform.ts';
import type { Messages } from '../messages.ts';
import { Audit } from './access-trail.ts';
import { Outbox } from './outbox.ts';
import { letRead } from './readers.ts';
import { startExecution } from './state-machine-arn.ts';
import { Transfer } from './transfer.ts';

/** The projects' files: their bucket, the functions of the messages about them, results, and transfers from and to the portal. */
export class Files extends Construct {
  readonly bucket: GatewayBucket;
  /** Starting transfers, as many as there are slots; for functions that do line work. */
  readonly starting: readonly Use[];

  constructor(scope: Construct, id: string, platform: Platform, messages: Messages) {
    super(scope, id);
    const { tables, portal } = platform;
    this.bucket = new GatewayBucket(this, 'Files', 'FILES_BUCKET', { key: platform.key });
    letRead(this.bucket, platform.key, platform.settings.readerRoleArns);
    if (platform.settings.dataEvents) new Audit(this, 'Audit', this.bucket, platform.key);
    this.starting = [
      startExecution(this),
      tables.messages.to('BatchGetItem'),
      tables.files.to('BatchGetItem', 'ConditionCheckItem', 'UpdateItem'),
      tables.control.to('BatchGetItem', 'UpdateItem'),
      platform.setting('TRANSFER_SLOTS', 'CHECKSUM_TRIES'),
      // What has used up its attempts is given up wherever transfers are started.
      this.bucket.to('ListBucketMultipartUploads'),
      this.bucket.toObjects('projects/', 'AbortMultipartUpload'),
    ];
    messages.handle(this, 'DataDeliveryReady', 'files/data-delivery-ready', [
      tables.messages.to('ConditionCheckItem'),
      tables.projects.to('BatchGetItem'),
      tables.members.to('PutItem'),
      tables.files.to('PutItem'),
      tables.lines.to('PutItem'),
      platform.appending('BatchGetItem', 'Query'),
      ...this.starting,
      portal,
    ]);
    messages.handle(this, 'DeleteDataFile', 'files/delete-data-file', [
      tables.members.to('DeleteItem'),
      tables.lines.to('ConditionCheckItem'),
      tables.files.to('BatchGetItem', 'ConditionCheckItem', 'UpdateItem', 'DeleteItem'),
      platform.appending('Query'),
      this.bucket.to('ListBucketMultipartUploads'),
      this.bucket.toObjects('projects/', 'DeleteObject', 'AbortMultipartUpload'),
      portal,
    ]);
    // It marks nothing: what it doesn't hold ends in complete-transfer.
    messages.handle(this, 'ReturnDataFile', 'files/return-data-file', [tables.lines.to('PutItem'), ...this.starting]);
    const { bucket, starting } = this;
    const { lineWork } = messages;
    new Transfer(this, 'Transfer', { platform, bucket, lineWork, starting });
    new Outbox(this, 'Outbox', { platform, bucket, lineWork, starting });
  }
}
