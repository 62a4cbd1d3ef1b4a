import { type HandlerContext, isStuck, type Plan, waitForPerson } from '../messages/handle/handler.ts';
import { isSettled, type LineEntry } from '../messages/record.ts';
import { accessSubject } from '../messages/subject.ts';

type DisablingTurn = HandlerContext<'DisableProjectAccess'>;

const isCreation = ({ data }: DisablingTurn) => {
  const subject = accessSubject(data.accessIdentifier);
  return (entry: LineEntry) => entry.type === 'CreateProjectAccess' && entry.subject === subject && isStuck(entry);
};

/**
 * A revocation passes held messages and what is stuck behind them, but not the one that would create the very access that it
 * revokes: there is nothing to revoke yet, and to forget the revocation would let a later creation stand.
 */
export function waitsForCreation(turn: DisablingTurn): Plan | undefined {
  return turn.older.some(isCreation(turn)) ? waitForPerson(turn.context) : undefined;
}

/**
 * Whether an older message will still create the access anew, after another one that is stuck, too, has deleted it: with its
 * project, perhaps, which need not be the one that it is created in.
 */
export function isMadeAnew(turn: DisablingTurn): boolean {
  const { older, data } = turn;
  const subject = accessSubject(data.accessIdentifier);
  const deletion = older.findIndex(
    (entry) =>
      !isSettled(entry.state) &&
      (entry.type === 'DeleteProject' || (entry.type === 'DeleteProjectAccess' && entry.subject === subject)),
  );
  return deletion >= 0 && older.slice(deletion).some(isCreation(turn));
}
