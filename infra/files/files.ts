import { Construct } from 'constructs';
import { GatewayBucket } from '../constructs/bucket.ts';
import type { Platform } from '../constructs/platform.ts';
import type { ResourceAccess } from '../constructs/rights.ts';
import type { Messages } from '../messages.ts';
import { Audit } from './access-trail.ts';
import { Outbox } from './outbox.ts';
import { grantRead } from './readers.ts';
import { startExecution } from './state-machine-arn.ts';
import { TransferMachine } from './transfer.ts';

/** The projects' files: their bucket, the functions for messages about files, results, and transfers from and to the portal. */
export class Files extends Construct {
  readonly bucket: GatewayBucket;
  readonly outbox: Outbox;
  readonly transfer: TransferMachine;
  /** Access for starting transfers, in addition to the access to messages. */
  readonly transferStartAccess: readonly ResourceAccess[];

  constructor(scope: Construct, id: string, platform: Platform, messages: Messages) {
    super(scope, id);
    const { tables } = platform;
    this.bucket = new GatewayBucket(this, 'Files', 'FILES_BUCKET', { key: platform.key });
    grantRead(this.bucket, platform.key, platform.settings.readerRoleArns);
    if (platform.settings.dataEvents) new Audit(this, 'Audit', this.bucket, platform.key);
    this.transferStartAccess = [
      startExecution(this),
      tables.messages.access('BatchGetItem'),
      tables.files.access('BatchGetItem', 'ConditionCheckItem', 'UpdateItem'),
      tables.control.access('GetItem', 'BatchGetItem', 'UpdateItem'),
      // Files of other deliveries that a delivery waits for, and transfers that are given up.
      tables.lines.access('BatchGetItem', 'DeleteItem'),
      platform.setting('TRANSFER_SLOTS', 'CHECKSUM_TRIES'),
      // Every function that starts transfers also gives up files whose attempts are used up.
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
      ...messages.markAccess,
    ]);
    messages.handle(this, 'DeleteDataFile', 'files/delete-data-file', [
      tables.members.access('DeleteItem'),
      tables.lines.access('ConditionCheckItem', 'DeleteItem'),
      tables.files.access('BatchGetItem', 'ConditionCheckItem', 'UpdateItem', 'DeleteItem'),
      platform.historyAccess('Query'),
      this.bucket.access('ListBucketMultipartUploads'),
      this.bucket.toObjects('projects/', 'DeleteObject', 'AbortMultipartUpload'),
      ...messages.markAccess,
    ]);
    // Without marking: returns that are not held are marked by complete-transfer.
    messages.handle(this, 'ReturnDataFile', 'files/return-data-file', [
      tables.lines.access('PutItem'),
      ...this.transferStartAccess,
    ]);
    const { bucket, transferStartAccess } = this;
    const { messageAccess, markAccess } = messages;
    this.transfer = new TransferMachine(this, 'Transfer', {
      platform,
      bucket,
      messageAccess,
      markAccess,
      transferStartAccess,
    });
    this.outbox = new Outbox(this, 'Outbox', { platform, bucket, messageAccess, transferStartAccess });
  }
}
