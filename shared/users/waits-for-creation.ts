import { type HandlerContext, isStuck, type Plan, waitForPerson } from '../messages/handle/handler.ts';
import { isSettled, type LineEntry } from '../messages/record.ts';
import { accessSubject } from '../messages/subject.ts';

type DisablingHandling = HandlerContext<'DisableProjectAccess'>;

const isCreation = ({ data }: DisablingHandling) => {
  const subject = accessSubject(data.accessIdentifier);
  return (entry: LineEntry) => entry.type === 'CreateProjectAccess' && entry.subject === subject && isStuck(entry);
};

/**
 * A revocation overtakes held messages and the messages stuck behind them, except the message that creates the access to be
 * revoked: there is nothing to revoke yet, and if the revocation were dropped, the access would be created later.
 */
export function waitsForCreation(handling: DisablingHandling): Plan | undefined {
  return handling.older.some(isCreation(handling)) ? waitForPerson(handling.context) : undefined;
}

/**
 * Whether a stuck older message will still create the access anew, after another stuck message has deleted it, perhaps with
 * another project.
 */
export function isMadeAnew(handling: DisablingHandling): boolean {
  const { older, data } = handling;
  const subject = accessSubject(data.accessIdentifier);
  const deletion = older.findIndex(
    (entry) =>
      !isSettled(entry.state) &&
      (entry.type === 'DeleteProject' || (entry.type === 'DeleteProjectAccess' && entry.subject === subject)),
  );
  return deletion >= 0 && older.slice(deletion).some(isCreation(handling));
}
