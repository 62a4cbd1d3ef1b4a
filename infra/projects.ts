import { Construct } from 'constructs';
import type { GatewayBucket } from './constructs/bucket.ts';
import type { Platform } from './constructs/platform.ts';
import type { Files } from './files/files.ts';
import type { Messages } from './messages.ts';
import type { Workspaces } from './workspaces/workspaces.ts';

interface Stores {
  readonly files: Files;
  readonly attachments: GatewayBucket;
  readonly workspaces: Workspaces;
}

export class Projects extends Construct {
  constructor(scope: Construct, id: string, platform: Platform, messages: Messages, stores: Stores) {
    super(scope, id);
    const { files, attachments, workspaces } = stores;
    const { tables, historyAccess } = platform;
    messages.handle(this, 'CreateProject', 'projects/create-project', [
      tables.projects.access('GetItem', 'PutItem'),
      tables.incidents.access('GetItem'),
      historyAccess('Query'),
      files.bucket.access('ListBucket', 'ListBucketMultipartUploads'),
      // A conditional delete needs the right to read, too (Amazon S3 user guide, "Conditional deletes").
      files.bucket.toObjects('outbox/', 'GetObject', 'DeleteObject', 'AbortMultipartUpload'),
      platform.setting('READ_PROJECTS'),
      ...messages.markAccess,
    ]);
    messages.handle(this, 'DeleteProject', 'projects/delete-project', [
      tables.projects.access('GetItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'),
      // Transfers of the returns that it supersedes.
      tables.lines.access('DeleteItem'),
      tables.members.access('Query', 'DeleteItem'),
      tables.users.access('BatchGetItem', 'ConditionCheckItem', 'DeleteItem'),
      tables.accounts.access('BatchGetItem', 'DeleteItem'),
      tables.files.access('BatchGetItem', 'ConditionCheckItem', 'UpdateItem', 'DeleteItem'),
      historyAccess('Query'),
      files.bucket.access('ListBucket', 'ListBucketMultipartUploads'),
      files.bucket.toObjects('projects/', 'DeleteObject', 'AbortMultipartUpload'),
      files.bucket.toObjects('outbox/', 'DeleteObject', 'AbortMultipartUpload'),
      platform.processTables,
      tables.processes.access('GetItem', 'Query', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'),
      attachments.access('ListBucket', 'ListBucketMultipartUploads'),
      attachments.toObjects('processes/', 'DeleteObject', 'AbortMultipartUpload'),
      ...workspaces.removal,
      messages.largeData('DeleteObject'),
      ...messages.markAccess,
    ]);
  }
}
