import type { LineEntry, MessageState } from './record.ts';

/** Types that never wait for deliveries, failed messages or operators. */
const revocations: ReadonlySet<string> = new Set([
  'DisableProjectAccess',
  'DeleteProjectAccess',
  'DeleteDataFile',
  'DeleteProject',
]);

/** Revocations of an access wait for older effects on the same access alone. */
const ofAccess: ReadonlySet<string> = new Set(['DisableProjectAccess', 'DeleteProjectAccess']);

export const waitsForSubjectAlone = (type: string): boolean => ofAccess.has(type);

/** Deletions wait until returns have finished. */
export const isDeletion = (type: string): boolean => type === 'DeleteDataFile' || type === 'DeleteProject';

/** Types whose effects the deletion of a file always waits for, whatever files they are about. */
const ofManyFiles: ReadonlySet<string> = new Set(['CreateProject', 'DeleteProject', 'DataDeliveryReady']);

export const isRevocation = (type: string): boolean => revocations.has(type);

/** States in which a function may have work to do on a message. */
export const workable: ReadonlySet<MessageState> = new Set(['open', 'applying', 'applied']);

/** Whether a function may have work to do on a message in this state. */
export const isWorkable = (state: MessageState): boolean => workable.has(state);

const isUncommitted = (state: MessageState): boolean => state === 'open' || state === 'applying';

/** Whether a deletion has to let a return finish: DST asked for the file first, and it is nowhere else. */
const isHealthyReturn = ({ type, state, yields }: LineEntry): boolean =>
  type === 'ReturnDataFile' && state === 'working' && !yields;

/** Subjects that exist after a message has taken effect. */
const createdBy = ({ type, subject, creates = [] }: LineEntry): readonly string[] =>
  (type === 'CreateProject' || type === 'CreateProjectAccess') && subject !== undefined ? [subject] : creates;

const deletes = ({ type }: LineEntry): boolean => isRevocation(type) && type !== 'DisableProjectAccess';

/** Whether a subject exists after a message has taken effect. */
export const creates = (entry: LineEntry, subject: string | undefined): boolean =>
  subject !== undefined && createdBy(entry).includes(subject);

/**
 * Reason why an open message may stay open for long: it waits, directly or behind others, for what is held or yields as if it
 * were, or for a failed message.
 */
type Stuck = 'held' | 'failed';

/** Reasons why the messages behind an entry may wait for long. */
interface Reasons {
  now: Stuck | undefined;
  /**
   * The same when each revocation has looked again that waits for something, which may be over by now. No deletion passes a
   * return for less.
   */
  lasting: Stuck | undefined;
  /** The same when each creation has been made that older messages wait for. No message of another line passes for less. */
  final: Stuck | undefined;
}

/** Effects that are still missing and have to be waited for. */
interface Missing {
  any: boolean;
  ofManyFiles: boolean;
  readonly subjects: Set<string | undefined>;
}

/** State of the walk through one line. */
interface LineWalk {
  /** Unfinished entries, in order. */
  readonly inTheWay: LineEntry[];
  /** Reasons why the entries behind them may stay open for long. */
  reasons: Reasons;
  /** Missing effects from the view of revocations of accesses. */
  readonly missing: Missing;
  /** Missing effects from the view of deletions, which also wait for failed messages until these are held. */
  readonly missingOrFailed: Missing;
  /** Subjects of healthy returns. */
  readonly returns: Set<string | undefined>;
  /** All entries by subject, in lines that other lines follow. */
  readonly bySubject: Map<string | undefined, LineEntry[]> | undefined;
}

/**
 * The entries that may be processed now: the first unfinished entry of each line, and the revocations and deletions whose
 * predecessors have taken effect. Revocations and deletions overtake held messages and the messages waiting behind them,
 * because these may wait forever. Revocations of accesses also overtake messages waiting behind failed ones. The first message
 * that creates a subject overtakes messages that do not fit without the subject.
 *
 * A message follows older messages of other lines about the same access or file: these take effect first, by the same rules.
 * Messages wait for older messages only, and positions order the messages of all lines, so no two messages wait for each other.
 *
 * @param entries of any lines; entries that they follow have to be included, unless marked
 */
export function mayWork(entries: Iterable<LineEntry>): LineEntry[] {
  const ordered = [...entries].sort((a, b) => (a.position < b.position ? -1 : 1));
  const followed = new Set(ordered.flatMap(({ follows = [] }) => follows.map(({ line }) => line)));
  const byId = new Map<string, LineEntry>();
  const lines = new Map<string, LineWalk>();
  const reasons = new Map<LineEntry, Reasons>();
  const toFit = aboutToFit(ordered);
  const chosen: LineEntry[] = [];

  /** Entries of other lines that a message follows. */
  const precedingElsewhere = (entry: LineEntry): LineEntry[] =>
    (entry.follows ?? []).flatMap(({ line, messageId }) => {
      const own = byId.get(messageId);
      const sameSubject = lines.get(line)?.bySubject?.get(entry.subject) ?? [];
      return own ? [own, ...sameSubject.filter((each) => each !== own && each.position < own.position)] : [];
    });
  const reasonsOf = (older: LineEntry): Reasons => reasons.get(older) ?? none;
  const isBlockedBy = (entry: LineEntry, older: LineEntry): boolean => {
    if (creates(entry, older.lacks)) return false;
    const { now, final } = older.state === 'open' ? reasonsOf(older) : none;
    const why = isRevocation(entry.type) ? now : final;
    const isMissing = isUncommitted(older.state) && !why;
    if (waitsForSubjectAlone(entry.type)) return isMissing;
    if (isRevocation(entry.type)) return isMissing || why === 'failed' || isHealthyReturn(older);
    // A creation after a deletion waits for it, even for a person to decide on it. Nothing else waits for people in another line.
    const isPending = (older.state === 'held' && !older.outOfTheWay) || why === 'held';
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
    const waitedFor = looksAgain
      ? [line.reasons, ...elsewhere.map(reasonsOf)]
      : [{ lasting: own, final: toFit.has(entry) ? undefined : own }];
    const lasting = gravest([...waitedFor, ...before].map((each) => each.lasting));
    const final = gravest([...waitedFor, ...before].map((each) => each.final));
    const now = entry.type === 'ReturnDataFile' ? lasting : gravest([own, ...before.map((each) => each.now)]);
    reasons.set(entry, { now, lasting, final });
    byId.set(entry.messageId, entry);
    goPast(line, entry, entry.state === 'open' ? now : undefined);
    line.reasons = {
      now: gravest([line.reasons.now, now]),
      lasting: gravest([line.reasons.lasting, lasting]),
      final: gravest([line.reasons.final, final]),
    };
  }
  return chosen;
}

/** The entries that wait for a later message of their line, which creates what they lack and which no held message stops. */
function aboutToFit(ordered: readonly LineEntry[]): Set<LineEntry> {
  const created = new Map<string, Set<string>>();
  const found = new Set<LineEntry>();
  for (const entry of ordered.toReversed()) {
    const { line, state, lacks, yields } = entry;
    const later = created.get(line) ?? new Set();
    created.set(line, later);
    if (state === 'held') for (const subject of later) if (subject !== lacks) later.delete(subject);
    if (state !== 'open') continue;
    if (yields && lacks !== undefined && later.has(lacks)) found.add(entry);
    for (const subject of createdBy(entry)) later.add(subject);
  }
  return found;
}

const none: Reasons = { now: undefined, lasting: undefined, final: undefined };
const newMissing = (): Missing => ({ any: false, ofManyFiles: false, subjects: new Set() });
const newLine = (isFollowed: boolean): LineWalk => ({
  inTheWay: [],
  reasons: none,
  missing: newMissing(),
  missingOrFailed: newMissing(),
  returns: new Set(),
  bySubject: isFollowed ? new Map() : undefined,
});

/** Reason of the entry itself why the messages behind it may wait for long. */
function stops({ state, yields, fails, outOfTheWay }: LineEntry): Stuck | undefined {
  if (outOfTheWay) return undefined;
  if (state === 'held' || (isWorkable(state) && yields)) return 'held';
  return isWorkable(state) && fails ? 'failed' : undefined;
}

const gravest = (reasons: readonly (Stuck | undefined)[]): Stuck | undefined =>
  reasons.includes('held') ? 'held' : reasons.find((reason) => reason !== undefined);

/** Whether the older entries of its own line let an entry be processed. */
function isNext(entry: LineEntry, { missing, missingOrFailed, returns, inTheWay }: LineWalk): boolean {
  const { type, subject } = entry;
  if (waitsForSubjectAlone(type)) return !missing.subjects.has(subject);
  if (type === 'DeleteDataFile')
    return !missingOrFailed.ofManyFiles && !missingOrFailed.subjects.has(subject) && !returns.has(subject);
  if (type === 'DeleteProject') return !missingOrFailed.any && returns.size === 0;
  return inTheWay.length === 0 || passesMisfits(entry, inTheWay);
}

/** Whether every blocking entry waits for a subject that the message creates, directly or behind another such entry. */
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

function goPast(line: LineWalk, entry: LineEntry, stuck: Stuck | undefined): void {
  const { subject, state, outOfTheWay = false } = entry;
  if (isUncommitted(state) && !stuck) note(line.missing, entry);
  if (isUncommitted(state) && stuck !== 'held') note(line.missingOrFailed, entry);
  if (isHealthyReturn(entry)) line.returns.add(subject);
  if ((isWorkable(state) || state === 'held') && !outOfTheWay) line.inTheWay.push(entry);
  const ofSubject = line.bySubject?.get(subject);
  if (ofSubject) ofSubject.push(entry);
  else line.bySubject?.set(subject, [entry]);
}

function note(missing: Missing, { type, subject }: LineEntry): void {
  missing.any = true;
  missing.ofManyFiles ||= ofManyFiles.has(type);
  missing.subjects.add(subject);
}
