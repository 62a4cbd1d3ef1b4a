import { Construct } from 'constructs';
import { GatewayBucket } from './bucket.ts';
import type { Messages } from './messages.ts';
import type { Platform } from './platform.ts';
import { startExecution, Transfer } from './transfer.ts';
import type { Use } from './use.ts';

/** The projects' files: their bucket, the functions of the messages about them, and the transfers from and to the portal. */
export class Files extends Construct {
  /** Starting transfers, as many as there are slots. */
  readonly starting: readonly Use[];
  /** Removing objects and unfinished uploads. */
  readonly deleting: Use;

  constructor(scope: Construct, id: string, platform: Platform, messages: Messages) {
    super(scope, id);
    const { tables } = platform;
    const bucket = new GatewayBucket(this, 'Files', 'FILES_BUCKET', { prefixes: ['projects/', 'outbox/'] });
    this.starting = [startExecution(this), tables.files.to('read', 'update'), platform.setting('TRANSFER_SLOTS')];
    this.deleting = bucket.to('ListBucket', 'ListBucketMultipartUploads', 'DeleteObject', 'AbortMultipartUpload');
    messages.handle(this, 'DataDeliveryReady', 'files/data-delivery-ready', [
      tables.projects.to('read'),
      tables.files.to('put'),
      ...this.starting,
    ]);
    messages.handle(this, 'DeleteDataFile', 'files/delete-data-file', [
      tables.files.to('read', 'update', 'delete'),
      this.deleting,
    ]);
    messages.handle(this, 'ReturnDataFile', 'files/return-data-file', this.starting);
    new Transfer(this, 'Transfer', { platform, bucket, lineWork: messages.lineWork, starting: this.starting });
  }
}
