import type { MessageContent } from '../portal/messages.ts';
import type { MessageState, Standing } from './record.ts';

/** The types that never wait for deliveries, failed work or people. */
const revocations: ReadonlySet<string> = new Set([
  'DisableProjectAccess',
  'DeleteProjectAccess',
  'DeleteDataFile',
  'DeleteProject',
]);

export const isRevocation = (type: string): boolean => revocations.has(type);

const workable: ReadonlySet<MessageState> = new Set(['open', 'applying', 'applied']);

/** Whether a function may have work to do on a message in this state. */
export const isWorkable = (state: MessageState): boolean => workable.has(state);
const uncommitted: ReadonlySet<MessageState> = new Set(['open', 'applying']);

/**
 * The entries of a line that may be at work now: the first whose turn is not over, and the revocations and deletions for
 * which all that is older has taken effect. What is stuck behind a held message waits for a person, so they pass it too.
 *
 * @param entries one line's entries, in order
 */
export function mayWork<Entry extends Standing>(entries: readonly Entry[]): Entry[] {
  const chosen: Entry[] = [];
  let turnTaken = false;
  let held = false;
  let effectMissing = false;
  for (const [index, entry] of entries.entries()) {
    const revocation = isRevocation(entry.type);
    const blocked = revocation ? effectMissing || waitsForReturn(entry, entries.slice(0, index)) : turnTaken;
    if (workable.has(entry.state) && !blocked) chosen.push(entry);
    const stuck = entry.state === 'open' && ((held && !revocation) || entry.yields);
    effectMissing ||= uncommitted.has(entry.state) && !stuck;
    held ||= entry.state === 'held';
    turnTaken ||= workable.has(entry.state) || held;
    if (turnTaken && effectMissing) break;
  }
  return chosen;
}

/** A deletion lets a healthy return of what it deletes finish: the portal asked for the file first, and it is nowhere else. */
function waitsForReturn(deletion: Standing, older: readonly Standing[]): boolean {
  if (deletion.type !== 'DeleteProject' && deletion.type !== 'DeleteDataFile') return false;
  return older.some(
    (entry) =>
      entry.type === 'ReturnDataFile' &&
      entry.state === 'working' &&
      !entry.yields &&
      (deletion.type === 'DeleteProject' || entry.subject === deletion.subject),
  );
}

export const projectSubject = (projectNo: string) => `project#${projectNo}`;
export const accessSubject = (accessIdentifier: string) => `access#${accessIdentifier}`;
export const fileSubject = (fileId: string) => `file#${fileId}`;

/** The line of the table `lines` that holds no messages but the files still to be moved. */
export const transfersLine = 'transfers';

/** What a message is about, by the name under which its history stands. A delivery is about its project. */
export function subjectOf(content: MessageContent): string {
  const { data } = content;
  if ('accessIdentifier' in data) return accessSubject(data.accessIdentifier);
  if ('fileId' in data) return fileSubject(data.fileId);
  return projectSubject(data.projectNo);
}

/**
 * The sort key of a message: the poll that saw it first, and its place in that poll's list.
 *
 * @param poll the counter of the poll's lease
 * @param index place in the list, from 0
 */
export function positionOf(poll: number, index: number): string {
  return `${String(poll).padStart(12, '0')}-${String(index).padStart(8, '0')}`;
}

/**
 * Remembers, while a list is read in order, to which project each access and each file belongs.
 * An older message of the same list knows better than the tables: the tables may still be behind it.
 */
export class ProjectsOfList {
  readonly #projects = new Map<string, string>();

  /** Learns from a message of the list what later ones need to know. */
  note(content: MessageContent): void {
    if (content.type === 'CreateProjectAccess') {
      this.#projects.set(accessSubject(content.data.accessIdentifier), content.data.projectNo);
    }
    if (content.type === 'DataDeliveryReady') {
      for (const { fileId } of content.data.files) this.#projects.set(fileSubject(fileId), content.data.projectNo);
    }
  }

  /**
   * The line of a message: its project's when it is known, else one of the access's or file's own.
   *
   * @param stored the project of a subject by the tables
   */
  lineOf(content: MessageContent, stored: ReadonlyMap<string, string>): string {
    if ('projectNo' in content.data) return projectSubject(content.data.projectNo);
    const subject = subjectOf(content);
    const projectNo = this.#projects.get(subject) ?? stored.get(subject);
    return projectNo === undefined ? subject : projectSubject(projectNo);
  }
}

/** Under which name the table `members` has a message of a project: in the order of the line. */
export const memberOf = (position: string) => `message#${position}`;

/** The line of a message that can't be read or whose type is unknown: its own. */
export const ownLine = (messageId: string) => `message#${messageId}`;
