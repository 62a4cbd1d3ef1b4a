import { Construct } from 'constructs';
import type { Messages } from './messages.ts';
import type { Platform } from './platform.ts';

export class Users extends Construct {
  constructor(scope: Construct, id: string, { tables, passwords }: Platform, messages: Messages) {
    super(scope, id);
    messages.handle(this, 'CreateProjectAccess', 'users/create-project-access', [
      tables.projects.to('read'),
      tables.users.to('read', 'put', 'update'),
      passwords,
    ]);
    messages.handle(this, 'DeleteProjectAccess', 'users/delete-project-access', [
      tables.users.to('read', 'update', 'delete'),
    ]);
    messages.handle(this, 'DisableProjectAccess', 'users/disable-project-access', [tables.users.to('read', 'update')]);
    messages.handle(this, 'EnableProjectAccess', 'users/enable-project-access', [tables.users.to('read', 'update')]);
    messages.handle(this, 'ResetPassword', 'users/reset-password', [tables.users.to('read', 'update'), passwords]);
  }
}
