import { Construct } from 'constructs';
import type { Messages } from './messages.ts';
import type { Platform } from './platform.ts';

export class Users extends Construct {
  constructor(scope: Construct, id: string, { tables, passwords, portal }: Platform, messages: Messages) {
    super(scope, id);
    const changing = [tables.users.to('BatchGetItem', 'UpdateItem'), tables.history.to('PutItem'), portal];
    messages.handle(this, 'CreateProjectAccess', 'users/create-project-access', [
      tables.projects.to('BatchGetItem'),
      tables.members.to('PutItem'),
      tables.users.to('BatchGetItem', 'PutItem'),
      tables.history.to('BatchGetItem', 'Query', 'PutItem'),
      passwords,
      portal,
    ]);
    messages.handle(this, 'DeleteProjectAccess', 'users/delete-project-access', [
      tables.members.to('DeleteItem'),
      tables.users.to('BatchGetItem', 'DeleteItem'),
      tables.history.to('PutItem'),
      portal,
    ]);
    messages.handle(this, 'DisableProjectAccess', 'users/disable-project-access', changing);
    messages.handle(this, 'EnableProjectAccess', 'users/enable-project-access', changing);
    messages.handle(this, 'ResetPassword', 'users/reset-password', [...changing, passwords]);
  }
}
