import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Platform } from '../constructs/platform.ts';
import type { ResourceAccess } from '../constructs/rights.ts';

/** Access for sending mail and for finding whom to send it to; none where no sender is set. */
export function mailAccess(scope: Construct, { settings, tables }: Platform): ResourceAccess[] {
  const { mailSender: sender } = settings;
  if (sender === undefined) return [];
  // SES looks at the identity that it finds verified: the address, or its domain.
  const identities = [sender, sender.slice(sender.indexOf('@') + 1)];
  const sending: ResourceAccess = {
    environment: {},
    allows: [
      {
        actions: ['ses:SendEmail'],
        resources: identities.map((resourceName) =>
          Stack.of(scope).formatArn({ service: 'ses', resource: 'identity', resourceName }),
        ),
        conditions: { StringEquals: { 'ses:FromAddress': sender } },
      },
    ],
  };
  return [sending, tables.members.access('Query'), tables.users.access('BatchGetItem')];
}
