import { type HandlerContext, type MessagePlan, waitForLease } from '../messages/handle/handler.ts';
import { mayGoOn } from '../messages/handle/lease.ts';
import type { RevokedUser } from '../messages/record.ts';
import type { UserRow } from './user.ts';

/** Ends what people have in workspaces by an access that is revoked. */
export interface RevokedWork {
  /**
   * Asks the jobs of a user to end, and has them stopped at once. Repeated, it changes nothing.
   *
   * @param userId noted at the access
   */
  stopJobs(userId: number): Promise<void>;
  /**
   * Stops the jobs of a user, and removes the workspaces that the user has of a project. Repeated, it goes on where it ended.
   *
   * @param mayGoOn false leaves the rest to another call
   * @returns when to go on, in milliseconds since 1970; undefined when nothing is left, and nothing comes any more
   * @throws TransientError when a job does not end
   */
  removeWorkspaces(user: RevokedUser, mayGoOn: () => Promise<boolean>): Promise<number | undefined>;
}

type Commit = Extract<MessagePlan, { kind: 'commit' }>;

/** State in which a message commits that revokes an access whose person has workspaces: what follows comes after the commit. */
type Revocation = Pick<Commit, 'state' | 'message' | 'outOfTheWay'>;

const revoked = ({ workspaceUser: userId, projectNo }: UserRow): RevokedUser | undefined =>
  userId === undefined ? undefined : { userId, projectNo };

/**
 * A message in whose commit an access is disabled stops the person's jobs afterwards, when no more can start.
 *
 * @param state of a message that goes on afterwards
 */
export function disabling(user: UserRow, state?: 'open'): Revocation {
  const revokedUser = revoked(user);
  return revokedUser ? { state: state ?? 'applying', message: { revokedUser } } : { state: state ?? 'done' };
}

/** A message in whose commit an access is deleted goes on with the person's workspaces, which is in no other message's way. */
export function deleting(user: UserRow): Revocation {
  const revokedUser = revoked(user);
  return revokedUser ? { state: 'applied', outOfTheWay: true, message: { revokedUser } } : { state: 'done' };
}

type Handling = Omit<HandlerContext, 'data'>;

/** Stops the jobs of the person whose access a message has disabled. @param state of the message afterwards */
export async function stopJobs(
  work: Pick<RevokedWork, 'stopJobs'>,
  { record: { revokedUser } }: Handling,
  state: 'open' | 'done',
): Promise<MessagePlan> {
  if (revokedUser) await work.stopJobs(revokedUser.userId);
  return { kind: 'commit', state, writes: [], history: [], message: { revokedUser: undefined } };
}

/** Removes the workspaces of the person whose access a message has deleted. */
export async function removeWorkspaces(work: RevokedWork, handling: Handling): Promise<MessagePlan> {
  const { context, record } = handling;
  const until = record.revokedUser && (await work.removeWorkspaces(record.revokedUser, () => mayGoOn(handling)));
  if (until !== undefined) return waitForLease(context, until);
  return { kind: 'commit', state: 'done', writes: [], history: [], message: { revokedUser: undefined } };
}
