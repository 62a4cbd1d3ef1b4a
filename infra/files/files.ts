import { Construct } from 'constructs';
import type { Access } from '../constructs/access.ts';
import { GatewayBucket } from '../constructs/bucket.ts';
import type { Platform } from '../constructs/platform.ts';
import type { Messages } from '../messages.ts';
import { Audit } from './access-trail.ts';
import { Outbox } from './outbox.ts';
import { grantRead } from './readers.ts';
import { startExecution } from './state-machine-arn.ts';
import { Transfer } from './transfer.ts';

/** The projects' files: their bucket, the functions of the messages about them, results, and transfers from and to the portal. */
export class Files extends Construct {
  readonly bucket: GatewayBucket;
  /** Starting transfers, as many as there are slots; for functions that do line work. */
  readonly transferStartAccess: readonly Access[];

  constructor(scope: Construct, id: string, platform: Platform, messages: Messages) {
    super(scope, id);
    const { tables, portal } = platform;
    this.bucket = new GatewayBucket(this, 'Files', 'FILES_BUCKET', { key: platform.key });
    grantRead(this.bucket, platform.key, platform.settings.readerRoleArns);
    if (platform.settings.dataEvents) new Audit(this, 'Audit', this.bucket, platform.key);
    this.transferStartAccess = [
      startExecution(this),
      tables.messages.access('BatchGetItem'),
      tables.files.access('BatchGetItem', 'ConditionCheckItem', 'UpdateItem'),
      tables.control.access('GetItem', 'BatchGetItem', 'UpdateItem'),
      // What deliveries wait for that others bring.
      tables.lines.access('BatchGetItem'),
      platform.setting('TRANSFER_SLOTS', 'CHECKSUM_TRIES'),
      // What has used up its attempts is given up wherever transfers are started.
      this.bucket.access('ListBucketMultipartUploads'),
      this.bucket.toObjects('projects/', 'AbortMultipartUpload'),
    ];
    messages.handle(this, 'DataDeliveryReady', 'files/data-delivery-ready', [
      tables.messages.access('ConditionCheckItem'),
      tables.projects.access('GetItem'),
      tables.members.access('PutItem'),
      tables.files.access('PutItem'),
      tables.lines.access('PutItem'),
      platform.historyAccess('BatchGetItem', 'Query'),
      ...this.transferStartAccess,
      portal,
    ]);
    messages.handle(this, 'DeleteDataFile', 'files/delete-data-file', [
      tables.members.access('DeleteItem'),
      tables.lines.access('ConditionCheckItem'),
      tables.files.access('BatchGetItem', 'ConditionCheckItem', 'UpdateItem', 'DeleteItem'),
      platform.historyAccess('Query'),
      this.bucket.access('ListBucketMultipartUploads'),
      this.bucket.toObjects('projects/', 'DeleteObject', 'AbortMultipartUpload'),
      portal,
    ]);
    // It marks nothing: what it doesn't hold ends in complete-transfer.
    messages.handle(this, 'ReturnDataFile', 'files/return-data-file', [
      tables.lines.access('PutItem'),
      ...this.transferStartAccess,
    ]);
    const { bucket, transferStartAccess } = this;
    const { messageAccess } = messages;
    new Transfer(this, 'Transfer', { platform, bucket, messageAccess, transferStartAccess });
    new Outbox(this, 'Outbox', { platform, bucket, messageAccess, transferStartAccess });
  }
}
