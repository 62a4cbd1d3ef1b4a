import type { LineEntry, MessageState } from './record.ts';

/** The types that never wait for deliveries, failed work or people. */
const revocations: ReadonlySet<string> = new Set([
  'DisableProjectAccess',
  'DeleteProjectAccess',
  'DeleteDataFile',
  'DeleteProject',
]);

/** Revocations of an access: they wait for older effects on the same access alone. */
const ofAccess: ReadonlySet<string> = new Set(['DisableProjectAccess', 'DeleteProjectAccess']);

export const waitsForSubjectAlone = (type: string): boolean => ofAccess.has(type);

/** The types that let returns finish. */
export const isDeletion = (type: string): boolean => type === 'DeleteDataFile' || type === 'DeleteProject';

/** Types whose effects the deletion of a file waits for, whichever files they are about. */
const ofManyFiles: ReadonlySet<string> = new Set(['CreateProject', 'DeleteProject', 'DataDeliveryReady']);

export const isRevocation = (type: string): boolean => revocations.has(type);

const workable: ReadonlySet<MessageState> = new Set(['open', 'applying', 'applied']);

/** Whether a function may have work to do on a message in this state. */
export const isWorkable = (state: MessageState): boolean => workable.has(state);

const isUncommitted = (state: MessageState): boolean => state === 'open' || state === 'applying';

/** Whether a deletion has to let a return finish: DST asked for the file first, and it is nowhere else. */
const isHealthyReturn = ({ type, state, yields }: LineEntry): boolean =>
  type === 'ReturnDataFile' && state === 'working' && !yields;

/** Subjects that exist once a message has taken effect. */
const createdBy = ({ type, subject, creates = [] }: LineEntry): readonly string[] =>
  (type === 'CreateProject' || type === 'CreateProjectAccess') && subject !== undefined ? [subject] : creates;

const deletes = ({ type }: LineEntry): boolean => isRevocation(type) && type !== 'DisableProjectAccess';

/** Whether a subject exists once a message has taken effect. */
export const creates = (entry: LineEntry, subject: string | undefined): boolean =>
  subject !== undefined && createdBy(entry).includes(subject);

/** Why a message that is open may stay so for long: it is behind, or waits for, what a person decides, or what has failed. */
type Stuck = 'held' | 'failed';

/** Why what comes after an entry may wait long. */
interface Reasons {
  now: Stuck | undefined;
  /**
   * The same when each revocation has looked again that waits for something, which may be over by now. No deletion passes a
   * return for less, and no message of another line what is about the same.
   */
  lasting: Stuck | undefined;
}

/** What has no effect yet, and has to be waited for. */
interface Missing {
  any: boolean;
  ofManyFiles: boolean;
  readonly subjects: Set<string | undefined>;
}

/** One line, as far as it was gone through. */
interface Progress {
  /** Entries whose turn is not over, in order. */
  readonly inTheWay: LineEntry[];
  /** Why what is behind them may stay open for long. */
  reasons: Reasons;
  /** As revocations of accesses see it. */
  readonly missing: Missing;
  /** As deletions see it: they do wait for what has failed, until it is held. */
  readonly missingOrFailed: Missing;
  /** Subjects of healthy returns. */
  readonly returns: Set<string | undefined>;
  /** Every entry by its subject, in lines that others follow. */
  readonly bySubject: Map<string | undefined, LineEntry[]> | undefined;
}

/**
 * The entries that may be at work now: in each line the first whose turn is not over, and the revocations and deletions for which
 * what they depend on has taken effect. What waits behind held messages may wait for ever, so they pass that, too; revocations of
 * accesses also pass what waits behind failed messages. A message that is the first to create a subject passes those that do not
 * fit without it.
 *
 * A message follows older ones of other lines about the same access or file: their effects come first, by the same rules.
 * A message waits for older ones alone, and positions order the messages of all lines: so no two wait for each other.
 *
 * @param entries of any lines; what they follow has to be among them, unless it is marked
 */
export function mayWork(entries: Iterable<LineEntry>): LineEntry[] {
  const ordered = [...entries].sort((a, b) => (a.position < b.position ? -1 : 1));
  const followed = new Set(ordered.flatMap(({ follows = [] }) => follows.map(({ line }) => line)));
  const byId = new Map<string, LineEntry>();
  const lines = new Map<string, Progress>();
  const reasons = new Map<LineEntry, Reasons>();
  const chosen: LineEntry[] = [];

  /** Entries of other lines that a message comes after. */
  const precedingElsewhere = (entry: LineEntry): LineEntry[] =>
    (entry.follows ?? []).flatMap(({ line, messageId }) => {
      const own = byId.get(messageId);
      const sameSubject = lines.get(line)?.bySubject?.get(entry.subject) ?? [];
      return own ? [own, ...sameSubject.filter((each) => each !== own && each.position < own.position)] : [];
    });
  const reasonsOf = (older: LineEntry): Reasons => reasons.get(older) ?? none;
  const isBlockedBy = (entry: LineEntry, older: LineEntry): boolean => {
    if (creates(entry, older.lacks)) return false;
    const { now, lasting } = older.state === 'open' ? reasonsOf(older) : none;
    const why = isRevocation(entry.type) ? now : lasting;
    const isMissing = isUncommitted(older.state) && !why;
    if (waitsForSubjectAlone(entry.type)) return isMissing;
    if (isRevocation(entry.type)) return isMissing || why === 'failed' || isHealthyReturn(older);
    // What is to be made anew waits for a deletion, even a person's word on it; nothing else waits for people in another line.
    const isPending = older.state === 'held' || why === 'held';
    return isMissing || why === 'failed' || (isPending && deletes(older) && createdBy(entry).length > 0);
  };

  for (const entry of ordered) {
    const line = lines.get(entry.line) ?? newLine(followed.has(entry.line));
    lines.set(entry.line, line);
    const elsewhere = precedingElsewhere(entry);
    const blocking = elsewhere.filter((older) => isBlockedBy(entry, older));
    const isChosen = isWorkable(entry.state) && isNext(entry, line) && blocking.length === 0;
    if (isChosen) chosen.push(entry);
    const passes = isChosen || isRevocation(entry.type) || entry.state !== 'open';
    const before = passes ? [] : [line.reasons, ...blocking.map(reasonsOf)];
    const looksAgain = isRevocation(entry.type) && isWorkable(entry.state) && entry.yields === true;
    const own = stops(entry);
    const ownLasting = looksAgain ? [line.reasons, ...elsewhere.map(reasonsOf)].map((each) => each.lasting) : [own];
    const lasting = gravest([...ownLasting, ...before.map((each) => each.lasting)]);
    const now = entry.type === 'ReturnDataFile' ? lasting : gravest([own, ...before.map((each) => each.now)]);
    reasons.set(entry, { now, lasting });
    byId.set(entry.messageId, entry);
    goPast(line, entry, entry.state === 'open' ? now : undefined);
    line.reasons = { now: gravest([line.reasons.now, now]), lasting: gravest([line.reasons.lasting, lasting]) };
  }
  return chosen;
}

const none: Reasons = { now: undefined, lasting: undefined };
const newMissing = (): Missing => ({ any: false, ofManyFiles: false, subjects: new Set() });
const newLine = (isFollowed: boolean): Progress => ({
  inTheWay: [],
  reasons: none,
  missing: newMissing(),
  missingOrFailed: newMissing(),
  returns: new Set(),
  bySubject: isFollowed ? new Map() : undefined,
});

/** Why what comes after an entry may wait long because of the entry itself. */
function stops({ state, yields, fails }: LineEntry): Stuck | undefined {
  if (state === 'held' || (isWorkable(state) && yields)) return 'held';
  return isWorkable(state) && fails ? 'failed' : undefined;
}

const gravest = (reasons: readonly (Stuck | undefined)[]): Stuck | undefined =>
  reasons.includes('held') ? 'held' : reasons.find((reason) => reason !== undefined);

/** Whether an entry's turn has come by what is older in its own line. */
function isNext(entry: LineEntry, { missing, missingOrFailed, returns, inTheWay }: Progress): boolean {
  const { type, subject } = entry;
  if (waitsForSubjectAlone(type)) return !missing.subjects.has(subject);
  if (type === 'DeleteDataFile')
    return !missingOrFailed.ofManyFiles && !missingOrFailed.subjects.has(subject) && !returns.has(subject);
  if (type === 'DeleteProject') return !missingOrFailed.any && returns.size === 0;
  return inTheWay.length === 0 || passesMisfits(entry, inTheWay);
}

/** Whether all that is in the way waits for what a message creates, by itself or behind what does. */
function passesMisfits(entry: LineEntry, inTheWay: readonly LineEntry[]): boolean {
  const created = createdBy(entry);
  if (created.length === 0 || !inTheWay[0] || !creates(entry, inTheWay[0].lacks)) return false;
  return inTheWay.every(
    (older) =>
      creates(entry, older.lacks) ||
      (older.state === 'open' &&
        (!isRevocation(older.type) || older.yields === true) &&
        !createdBy(older).some((subject) => created.includes(subject))),
  );
}

function goPast(line: Progress, entry: LineEntry, stuck: Stuck | undefined): void {
  const { subject, state } = entry;
  if (isUncommitted(state) && !stuck) note(line.missing, entry);
  if (isUncommitted(state) && stuck !== 'held') note(line.missingOrFailed, entry);
  if (isHealthyReturn(entry)) line.returns.add(subject);
  if (isWorkable(state) || state === 'held') line.inTheWay.push(entry);
  const ofSubject = line.bySubject?.get(subject);
  if (ofSubject) ofSubject.push(entry);
  else line.bySubject?.set(subject, [entry]);
}

function note(missing: Missing, { type, subject }: LineEntry): void {
  missing.any = true;
  missing.ofManyFiles ||= ofManyFiles.has(type);
  missing.subjects.add(subject);
}
