import { type AccountRow, blockReason } from '../../accounts/account.ts';
import { accountIdOf, allOrganizations, isMember, organizationIdOf } from '../../accounts/membership.ts';
import type { OrganizationRow } from '../../accounts/organization.ts';
import type { HistoryEvent } from '../../history/history.ts';
import type { Database } from '../../platform/dynamodb.ts';
import { clientAudience, contractorAudience } from '../../processes/audience.ts';
import { projectWith } from '../../users/enabled-project.ts';
import { readUser, type UserRow } from '../../users/user.ts';

// An audience is a group of accounts that events are for: `operators`, `admins`, `project#…`, `access#…`, `account#…`,
// `client#…` or `contractor#…`.

/** Name of an account's log: an account of the same name that is made later has another one. */
export const logOf = ({ account, createdAt }: Pick<AccountRow, 'account' | 'createdAt'>): string =>
  `account#${account}#${createdAt}`;

/** Whether a subject is a process, or a project of processes. */
export const isOfProcess = (subject: string): boolean => /^process(?:-project)?#/.test(subject);

/** The audiences of an event. */
export function audiencesFor({
  subject,
  projectNo,
  parties = [],
}: Pick<HistoryEvent, 'subject' | 'projectNo' | 'parties'>): string[] {
  // The parties at the time of the change: a contractor gets nothing of what came before it was asked.
  if (isOfProcess(subject)) return [...parties];
  if (subject.startsWith('account#')) return ['admins', subject];
  // A permission that requires a second factor shuts out who has none.
  if (subject === 'permission#operator') return ['admins', 'operators'];
  if (subject.startsWith('permission#') || subject.startsWith('organization#')) return ['admins'];
  if (subject.startsWith('project#')) return ['operators', subject];
  // Decisions of operators about messages and incidents are nothing for researchers.
  const isAccess = subject.startsWith('access#');
  if (!isAccess && !subject.startsWith('file#')) return ['operators'];
  const ofProject = projectNo === undefined ? [] : [`project#${projectNo}`];
  // Whoever signed in while the access was disabled is on the roster of the access alone, and on others once it is enabled.
  return ['operators', ...ofProject, ...(isAccess ? [subject] : [])];
}

/** The audiences that an account belongs to now: none when nobody may sign in to it. */
export async function audiencesOf(
  context: { db: Database; tables: { users: string; accounts: string } },
  account: AccountRow,
): Promise<string[]> {
  const { accessIdentifier } = account;
  const isOpen = blockReason(account) === undefined;
  const [user, organizations] = await Promise.all([
    isOpen && accessIdentifier ? readUser(context, accessIdentifier) : undefined,
    isOpen ? allOrganizations(context) : [],
  ]);
  return audiencesWith(account, user, organizations);
}

/**
 * As `audiencesOf`.
 *
 * @param user the access that the account is
 * @param organizations all of them, where the account may be a member of some that matter
 */
export function audiencesWith(
  account: AccountRow,
  user: UserRow | undefined,
  organizations: readonly OrganizationRow[],
): string[] {
  if (blockReason(account) !== undefined) return [];
  const { permissions, accessIdentifier } = account;
  const project = user && projectWith(account, user);
  const own = organizations.filter((organization) => isMember(organization, account));
  return [
    `account#${account.account}`,
    clientAudience(accountIdOf(account)),
    ...(permissions.includes('operator') ? ['operators'] : []),
    ...(permissions.includes('admin') ? ['admins'] : []),
    ...(accessIdentifier === undefined ? [] : [`access#${accessIdentifier}`]),
    ...(project === undefined ? [] : [`project#${project}`]),
    ...own.map((organization) => contractorAudience(organizationIdOf(organization))),
  ];
}
