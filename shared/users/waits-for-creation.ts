import { type HandlerContext, isStuck, type MessagePlan, waitForPerson } from '../messages/handle/handler.ts';
import { readLines } from '../messages/read.ts';
import { isSettled, type LineEntry } from '../messages/record.ts';
import { accessSubject, projectSubject } from '../messages/subject.ts';
import { readUser, type UserRow } from './user.ts';

type DisablingHandling = HandlerContext<'DisableProjectAccess'>;

const isCreation = ({ accessIdentifier }: DisablingHandling['data']) => {
  const subject = accessSubject(accessIdentifier);
  return (entry: LineEntry) => entry.type === 'CreateProjectAccess' && entry.subject === subject && isStuck(entry);
};

/**
 * A revocation overtakes held messages and the messages stuck behind them, except the message that creates the access to be
 * revoked: there is nothing to revoke yet, and if the revocation were dropped, the access would be created later.
 */
export function waitsForCreation(handling: DisablingHandling): MessagePlan | undefined {
  return handling.older.some(isCreation(handling.data)) ? waitForPerson(handling.context) : undefined;
}

/**
 * Whether a stuck older message will still create the access anew, after another stuck message has deleted it, perhaps with
 * another project.
 */
export async function isMadeAnew(
  { context, older, data }: DisablingHandling,
  { projectNo }: Pick<UserRow, 'projectNo'>,
): Promise<boolean> {
  const { accessIdentifier } = data;
  const subject = accessSubject(accessIdentifier);
  const last = older.findLast(isCreation(data));
  if (!last) return false;
  const deletes = ({ type, state, position, subject: deleted }: LineEntry) =>
    !isSettled(state) &&
    position < last.position &&
    (type === 'DeleteProject' || (type === 'DeleteProjectAccess' && deleted === subject));
  if (older.some(deletes)) return true;
  // The deletion of a project that the access is to leave is in the line of that project.
  const line = projectSubject(projectNo);
  if (last.line === line) return false;
  const entries = await readLines(context, line);
  return entries.some((entry) => entry.line === line && deletes(entry)) || !(await readUser(context, accessIdentifier));
}
