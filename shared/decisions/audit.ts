import { type HistoryEvent, historyWrites, newestEvent } from '../history/history.ts';
import type { LineEntry, MessageRecord } from '../messages/record.ts';
import { accessSubject, fileSubject, ownLine, projectSubject } from '../messages/subject.ts';
import { getItem, updateExpression } from '../platform/dynamodb.ts';
import type { Write } from '../platform/transaction.ts';
import type { Action, Decision, OperatorContext } from './context.ts';

/** Subject of entries that concern no project, access, file or message, such as pauses. */
export const gatewaySubject = 'gateway';

/** An operator's action, for the history. */
export interface AuditEntry {
  subject: string;
  event: HistoryEvent['event'];
  projectNo?: string | undefined;
  /** The message concerned. */
  messageId?: string | undefined;
  details?: Record<string, unknown>;
}

/**
 * The writes that record an operator's action in a subject's history. They also increment the version of the subject's row,
 * which counts the events.
 */
export async function auditWrites(
  operator: OperatorContext,
  { messageId, details, ...entry }: AuditEntry,
  { by, reason }: Decision,
): Promise<Write[]> {
  const { db, clock, tables } = operator;
  const place = rowOf(operator, entry.subject);
  // Read before the row: if that is created meanwhile, its first event has the next sequence, and refuses this one.
  const last = await newestEvent(db, tables.history, entry.subject);
  const row = place && (await getItem<{ version: number; projectNo: string }>(db, place.TableName, place.Key));
  const sequence = (row?.version ?? last?.sequence ?? 0) + 1;
  // The entry belongs to the history of its project, even if the access or file was removed.
  const projectNo = entry.projectNo ?? row?.projectNo ?? last?.projectNo;
  const event = { ...entry, projectNo, sequence, details: { by, reason, ...details } };
  const writes = historyWrites(tables, [event], { messageId, at: clock.now() });
  if (!row) return writes;
  const counted = updateExpression({ version: sequence }, { ':read': row.version });
  return [{ Update: { ...place, ConditionExpression: 'version = :read', ...counted } }, ...writes];
}

/** An action that changes no row: it only stands in the history. */
export const noteAction = (operator: OperatorContext, entry: AuditEntry): Action => ({
  planned: [],
  completed: [],
  transactions: async (decision) => [await auditWrites(operator, entry, decision)],
});

function rowOf({ tables }: OperatorContext, subject: string) {
  const keys = [
    [projectSubject(''), tables.projects, 'projectNo'],
    [accessSubject(''), tables.users, 'accessIdentifier'],
    [fileSubject(''), tables.files, 'fileId'],
  ] as const;
  for (const [prefix, TableName, key] of keys) {
    if (subject.startsWith(prefix)) return { TableName, Key: { [key]: subject.slice(prefix.length) } };
  }
  return undefined;
}

/** The subject and the project of a message, for its history. */
export async function aboutMessage(
  { db, tables }: Pick<OperatorContext, 'db' | 'tables'>,
  { messageId, line, position }: Pick<MessageRecord, 'messageId' | 'line' | 'position'>,
): Promise<Pick<AuditEntry, 'subject' | 'projectNo' | 'messageId'>> {
  const entry = await getItem<LineEntry>(db, tables.lines, { line, position });
  const project = projectSubject('');
  const projectNo = line.startsWith(project) ? line.slice(project.length) : undefined;
  return { subject: entry?.subject ?? (projectNo === undefined ? ownLine(messageId) : line), projectNo, messageId };
}
