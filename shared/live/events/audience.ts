import { type AccountRow, blockReason } from '../../accounts/account.ts';
import type { HistoryEvent } from '../../history/history.ts';
import type { Database } from '../../platform/dynamodb.ts';
import { projectWith } from '../../users/enabled-project.ts';
import { readUser, type UserRow } from '../../users/user.ts';

// An audience is a group of accounts that events are for: `operators`, `admins`, `project#…` or `account#…`.

/** Name of an account's log: an account of the same name that is made later has another one. */
export const logOf = ({ account, createdAt }: Pick<AccountRow, 'account' | 'createdAt'>): string =>
  `account#${account}#${createdAt}`;

/** The audiences of an event. */
export function audiencesFor({ subject, projectNo }: Pick<HistoryEvent, 'subject' | 'projectNo'>): string[] {
  if (subject.startsWith('account#')) return ['admins', subject];
  // A permission that requires a second factor shuts out who has none.
  if (subject === 'permission#operator') return ['admins', 'operators'];
  if (subject.startsWith('permission#') || subject.startsWith('organization#')) return ['admins'];
  if (subject.startsWith('project#')) return ['operators', subject];
  // Decisions of operators about messages and incidents are nothing for researchers.
  const ofProject = subject.startsWith('access#') || subject.startsWith('file#');
  return ofProject && projectNo !== undefined ? ['operators', `project#${projectNo}`] : ['operators'];
}

/** The audiences that an account belongs to now: none when nobody may sign in to it. */
export async function audiencesOf(
  context: { db: Database; tables: { users: string } },
  account: AccountRow,
): Promise<string[]> {
  const { accessIdentifier } = account;
  const isOpen = blockReason(account) === undefined;
  return audiencesWith(account, isOpen && accessIdentifier ? await readUser(context, accessIdentifier) : undefined);
}

/** As `audiencesOf`. @param user the access that the account is */
export function audiencesWith(account: AccountRow, user: UserRow | undefined): string[] {
  if (blockReason(account) !== undefined) return [];
  const { permissions } = account;
  const project = user && projectWith(account, user);
  return [
    `account#${account.account}`,
    ...(permissions.includes('operator') ? ['operators'] : []),
    ...(permissions.includes('admin') ? ['admins'] : []),
    ...(project === undefined ? [] : [`project#${project}`]),
  ];
}
