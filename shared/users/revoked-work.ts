import type { Plan } from '../messages/handle/handler.ts';
import type { MessageRecord } from '../messages/record.ts';
import { type Database, updateExpression } from '../platform/dynamodb.ts';
import { updateItem } from '../platform/transaction.ts';
import type { UserRow } from './user.ts';

/** Jobs that people with an access run in workspaces. */
export interface RunningJobs {
  /**
   * Asks the jobs of a user of workspaces to end, and has them stopped at once. Repeated, it changes nothing.
   *
   * @param jobOwner noted by `noteJobOwner`
   */
  stop(jobOwner: number): Promise<void>;
}

/**
 * Notes at an access that its person runs jobs. A message that revokes the access either finds the note, or comes first and has
 * it refused.
 *
 * @param user as it was read
 * @returns whether the person may run jobs
 */
export async function noteJobOwner(
  { db, tables }: { db: Database; tables: { users: string } },
  user: UserRow,
  jobOwner: number,
): Promise<boolean> {
  if (!user.enabled) return false;
  if (user.jobOwner === jobOwner) return true;
  const outcome = await updateItem(db, {
    TableName: tables.users,
    Key: { accessIdentifier: user.accessIdentifier },
    // An access that is made anew has another account.
    ConditionExpression: 'enabled = :true AND createdAt = :createdAt',
    ...updateExpression({ jobOwner }, { ':true': true, ':createdAt': user.createdAt }),
  });
  return outcome === 'committed';
}

type Commit = Extract<Plan, { kind: 'commit' }>;

/**
 * State of a message in whose commit an access is revoked: with jobs it is not done, as they have to be stopped after the commit,
 * when no more can start.
 *
 * @param state of a message that goes on afterwards
 */
export const stopping = (
  { jobOwner }: UserRow,
  state?: 'open',
): Pick<Commit, 'state'> & { message?: { jobOwner: number } } =>
  jobOwner === undefined ? { state: state ?? 'done' } : { state: state ?? 'applying', message: { jobOwner } };

/** Stops the jobs of the person whose access a message has revoked. @param state of the message afterwards */
export async function goOnStopping(
  jobs: RunningJobs,
  { jobOwner }: Pick<MessageRecord, 'jobOwner'>,
  state: 'open' | 'done',
): Promise<Plan> {
  if (jobOwner !== undefined) await jobs.stop(jobOwner);
  return { kind: 'commit', state, writes: [], history: [], message: { jobOwner: undefined } };
}
