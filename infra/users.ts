import { Duration } from 'aws-cdk-lib';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { GatewayFunction } from './constructs/function.ts';
import { output } from './constructs/output.ts';
import type { Platform } from './constructs/platform.ts';
import type { Messages } from './messages.ts';
import type { Workspaces } from './workspaces/workspaces.ts';

export class Users extends Construct {
  /** Function invoked from outside the stack. */
  readonly takeOneTimePassword: Lambda;

  constructor(scope: Construct, id: string, platform: Platform, messages: Messages, workspaces: Workspaces) {
    super(scope, id);
    const { tables, historyAccess, passwords } = platform;
    const { markAccess } = messages;
    const changing = [
      tables.users.access('GetItem', 'UpdateItem'),
      tables.accounts.access('UpdateItem'),
      historyAccess(),
      ...markAccess,
    ];
    messages.handle(this, 'CreateProjectAccess', 'users/create-project-access', [
      tables.projects.access('GetItem'),
      tables.members.access('PutItem'),
      tables.users.access('GetItem', 'PutItem'),
      tables.accounts.access('GetItem', 'PutItem'),
      historyAccess('Query', 'BatchGetItem'),
      passwords,
      ...markAccess,
    ]);
    messages.handle(this, 'DeleteProjectAccess', 'users/delete-project-access', [
      tables.members.access('DeleteItem'),
      tables.users.access('GetItem', 'DeleteItem'),
      tables.accounts.access('GetItem', 'DeleteItem'),
      historyAccess('Query'),
      ...workspaces.removal,
      ...markAccess,
    ]);
    messages.handle(this, 'DisableProjectAccess', 'users/disable-project-access', [
      ...changing,
      historyAccess('Query'),
      ...workspaces.stopping,
    ]);
    messages.handle(this, 'EnableProjectAccess', 'users/enable-project-access', changing);
    messages.handle(this, 'ResetPassword', 'users/reset-password', [...changing, passwords]);
    // Nothing in the stack may invoke it: the centre grants the right to its own role, using the output.
    const take = new GatewayFunction(this, 'TakeOneTimePassword', {
      platform,
      entry: 'users/take-one-time-password',
      memorySize: 256,
      timeout: Duration.seconds(30),
      access: [
        tables.users.access('GetItem', 'UpdateItem'),
        tables.messages.access('GetItem'),
        historyAccess(),
        passwords,
      ],
    });
    this.takeOneTimePassword = take.lambda;
    output(this, 'TakeOneTimePasswordFunction', take.lambda.functionArn);
  }
}
