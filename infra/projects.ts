import { Construct } from 'constructs';
import type { Files } from './files.ts';
import type { Messages } from './messages.ts';
import type { Platform } from './platform.ts';

export class Projects extends Construct {
  constructor(scope: Construct, id: string, { tables }: Platform, messages: Messages, files: Files) {
    super(scope, id);
    messages.handle(this, 'CreateProject', 'projects/create-project', [tables.projects.to('read', 'put')]);
    messages.handle(this, 'DeleteProject', 'projects/delete-project', [
      tables.projects.to('read', 'update', 'delete'),
      tables.users.to('read', 'update', 'delete'),
      tables.files.to('read', 'update', 'delete'),
      files.deleting,
      messages.internal.to('DeleteObject'),
    ]);
  }
}
