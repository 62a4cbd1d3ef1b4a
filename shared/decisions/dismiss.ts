import type { FileRow } from '../files/file.ts';
import { rowRemoval } from '../files/remove.ts';
import { isResult, readRows } from '../files/rows.ts';
import { type HistoryEvent, historyWrites, nextSequences, wasGivenUp } from '../history/history.ts';
import { readMessage } from '../messages/read.ts';
import type { MessageRecord } from '../messages/record.ts';
import { readMessageData } from '../messages/stored-text.ts';
import { fileSubject } from '../messages/subject.ts';
import { transitionWrites } from '../messages/transition.ts';
import { decisionWrite, type IncidentRow, incidentId, isOpen, mayHold } from '../operations/incidents.ts';
import { forEachConcurrently } from '../platform/concurrency.ts';
import { batchGet } from '../platform/dynamodb.ts';
import { PermanentError } from '../platform/errors.ts';
import { pagesOf } from '../platform/pages.ts';
import { absenceCheck, type Write } from '../platform/transaction.ts';
import { type AuditEntry, aboutMessage, auditWrites } from './audit.ts';
import type { Action, Decision, OperatorContext } from './context.ts';
import { filesOfDelivery } from './delivery-files.ts';
import { planAsOld } from './settle-reuse.ts';

/** Failed files given up in one transaction: each takes six of the 100 actions. */
const filesAtOnce = 15;

/** Files that were never registered, given up in one transaction: each takes two of the 100 actions. */
const missingAtOnce = 45;

/**
 * Dismisses an incident. A message held because of the incident is dismissed, too: it may be marked, and its line continues.
 *
 * @param whole whether a delivery may be dismissed with all its failed files
 * @throws PermanentError giving the reason why that is impossible
 */
export async function planDismissal(operator: OperatorContext, incident: IncidentRow, whole: boolean): Promise<Action> {
  const { messageId } = incident;
  const record = messageId ? await readMessage(operator, messageId) : undefined;
  const action = await planOf(operator, incident, record, whole);
  const endsDelivery = record?.state === 'held' && record.type === 'DataDeliveryReady';
  return whole && !endsDelivery ? { ...action, planned: [...action.planned, noDelivery] } : action;
}

const noDelivery = 'No delivery ends with it: none is held because of this incident.';

async function planOf(
  operator: OperatorContext,
  incident: IncidentRow,
  record: MessageRecord | undefined,
  whole: boolean,
): Promise<Action> {
  const { kind, subject } = incident;
  if (kind === 'message-id-reused') return planAsOld(operator, incident);
  if (kind === 'file-failed') {
    const row = (await readRows(operator, [subject])).get(subject);
    const wasStored = row !== undefined && !isResult(row) && row.storedAt !== undefined;
    if (row?.state !== 'failed' || wasStored) return closing(operator, incident, { subject: fileSubject(subject) });
    if (isResult(row)) {
      const planned = [
        `Result ${subject} will not be sent; its object stays where it is until it is put anew or removed.`,
      ];
      return { ...closing(operator, incident, { subject: fileSubject(subject), projectNo: row.projectNo }), planned };
    }
    if (record && !whole) throw new PermanentError(await asWhole(operator, record, subject));
  }
  if (record?.state !== 'held' || !mayHold(incident)) {
    return closing(
      operator,
      incident,
      record ? await aboutMessage(operator, record) : { subject: `incident#${subject}` },
    );
  }
  if (record.heldFrom === 'applying' && record.type !== 'DataDeliveryReady') {
    throw new PermanentError(`${record.type} ${record.messageId} is half done: it can only be retried`);
  }
  return dismissal(operator, incident, record, whole);
}

async function asWhole(operator: OperatorContext, record: MessageRecord, fileId: string): Promise<string> {
  const failed = (await filesOfDelivery(operator, record)).filter((row) => row.state === 'failed');
  return (
    `File ${fileId} belongs to delivery ${record.messageId}, which can only be dismissed as a whole, with ` +
    `${failed.length === 1 ? 'its one failed file' : `its ${failed.length} failed files`}: say so with --whole-delivery`
  );
}

/** Closes the incident without any other change. */
function closing(operator: OperatorContext, incident: IncidentRow, about: Omit<AuditEntry, 'event'>): Action {
  return {
    planned: ['The incident will need no person any more; nothing else will change.'],
    completed: ['The incident is dismissed.'],
    transactions: async (decision) => [
      [
        dismissed(operator, incident, decision),
        ...(await auditWrites(
          operator,
          { ...about, event: 'incident dismissed', details: detailsOf(incident) },
          decision,
        )),
      ],
    ],
  };
}

const detailsOf = ({ kind, incidentId }: IncidentRow) => ({ kind, incidentId });

const dismissed = ({ tables, clock }: OperatorContext, incident: IncidentRow, decision: Decision) =>
  decisionWrite(tables.incidents, incident, 'dismissed', { ...decision, at: clock.now() });

async function dismissal(
  operator: OperatorContext,
  incident: IncidentRow,
  record: MessageRecord,
  whole: boolean,
): Promise<Action> {
  const { messageId, type } = record;
  const files = type === 'DataDeliveryReady' && record.heldFrom ? await filesOfDelivery(operator, record) : [];
  const failed = files.filter(({ state }) => state === 'failed');
  const problem = problemOfDismissal(files, whole);
  if (problem !== undefined) throw new PermanentError(`Delivery ${messageId}: ${problem}`);
  const stored = files.length - failed.length;
  return {
    planned: [
      `${type} ${messageId} will be dismissed: the gateway reports it to DST as processed, and its line continues.`,
      ...(files.length > 0
        ? [`Failed files that will be given up: ${failed.length}; stored files that will stay: ${stored}.`]
        : []),
    ],
    completed: [`${type} ${messageId} is dismissed.`],
    transactions: async (decision) =>
      dismissalTransactions(
        operator,
        incident,
        record,
        { failed, missing: await missingFiles(operator, record, decision) },
        decision,
      ),
  };
}

/** Reason why a delivery cannot be dismissed in the current state of its files; undefined if it can. */
export function problemOfDismissal(files: readonly Pick<FileRow, 'state'>[], whole: boolean): string | undefined {
  const count = (...states: FileRow['state'][]) => files.filter(({ state }) => states.includes(state)).length;
  const moving = count('pending', 'copying', 'deleting');
  if (moving > 0) return `${moving} of its files are still under way; dismiss it when they are stored or have failed`;
  const failed = count('failed');
  if (failed > 0 && !whole) return `with it its ${failed} failed files are given up: say so with --whole-delivery`;
  return undefined;
}

interface GivenUp {
  failed: readonly FileRow[];
  missing: readonly MissingFile[];
}

/** A file that was never registered. */
interface MissingFile {
  fileId: string;
  /** Records that the file was given up, so that later messages about it fit. */
  event: HistoryEvent;
}

/** Files first, in batches: after an interruption the delivery is still held, with the remaining files. */
async function dismissalTransactions(
  operator: OperatorContext,
  incident: IncidentRow,
  record: MessageRecord,
  { failed, missing }: GivenUp,
  decision: Decision,
): Promise<Write[][]> {
  const now = operator.clock.now();
  const own = new Map((await incidentsOf(operator, failed)).map((each) => [each.subject, each]));
  const pages: { page: FileRow[]; unregistered: MissingFile[] }[] = [
    ...pagesOf(failed, filesAtOnce).map((page) => ({ page, unregistered: [] })),
    ...pagesOf(missing, missingAtOnce).map((unregistered) => ({ page: [], unregistered })),
  ];
  if (pages.length === 0) pages.push({ page: [], unregistered: [] });
  const about = await aboutMessage(operator, record);
  const note = await auditWrites(operator, { ...about, event: 'dismissed', details: { type: record.type } }, decision);
  let { filesLeft = 0 } = record;
  const transactions: Write[][] = [];
  for (const [index, { page, unregistered }] of pages.entries()) {
    const isLast = index === pages.length - 1;
    const read = { ...record, version: record.version + index };
    filesLeft -= page.length;
    const left = page.length > 0 ? { filesLeft } : {};
    const settled = { settledAt: now, leaseUntil: undefined, ...left };
    const incidents = page.flatMap(({ fileId }) => own.get(fileId) ?? []);
    if (isLast && own.get(incident.subject)?.incidentId !== incident.incidentId) incidents.push(incident);
    const cause = { messageId: record.messageId, at: now };
    transactions.push([
      ...(isLast
        ? transitionWrites(operator, read, 'dismissed', settled)
        : transitionWrites(operator, read, 'held', left)),
      ...page.flatMap((row) => rowRemoval(operator, row, cause, { ...decision })),
      // Refuse if a file was registered meanwhile: its row would disagree with its history and block every later change.
      ...unregistered.map(({ fileId }) => absenceCheck(operator.tables.files, { fileId })),
      ...historyWrites(
        operator.tables,
        unregistered.map(({ event }) => event),
        cause,
      ),
      ...incidents.map((each) => dismissed(operator, each, decision)),
      ...(isLast ? note : []),
    ]);
  }
  return transactions;
}

/** Histories read concurrently. */
const concurrency = 25;

/** The files of a delivery that were never registered, without those that an interrupted dismissal has given up. */
async function missingFiles(
  operator: OperatorContext,
  record: MessageRecord,
  { by, reason }: Decision,
): Promise<MissingFile[]> {
  if (record.type !== 'DataDeliveryReady' || !record.heldFrom) return [];
  const { projectNo, files } = await readMessageData(operator, record, 'DataDeliveryReady');
  const ids = files.map(({ fileId }) => fileId);
  const known = await readRows(operator, ids);
  const missing = [...new Set(ids)].filter((fileId) => !known.has(fileId));
  const sequences = await nextSequences(operator, missing.map(fileSubject));
  const found: MissingFile[] = [];
  await forEachConcurrently(missing, concurrency, async (fileId) => {
    const subject = fileSubject(fileId);
    const sequence = sequences.get(subject) ?? 1;
    if (sequence > 1 && (await wasGivenUp(operator.db, operator.tables.history, subject))) return;
    found.push({ fileId, event: { subject, sequence, event: 'dismissed', projectNo, details: { by, reason } } });
  });
  return found;
}

/** The open incidents of failed files. */
async function incidentsOf({ db, clock, tables }: OperatorContext, files: readonly FileRow[]): Promise<IncidentRow[]> {
  const keys = files.map(({ fileId }) => ({ incidentId: incidentId({ kind: 'file-failed', subject: fileId }) }));
  const incidents = await batchGet<IncidentRow>(db, clock, tables.incidents, keys);
  return incidents.filter(isOpen);
}
