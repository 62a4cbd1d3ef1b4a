import type { OperatorContext } from '../../decisions/context.ts';
import { isResult } from '../../files/rows.ts';
import { readMessage } from '../../messages/read.ts';
import type { LineEntry, MessageState } from '../../messages/record.ts';
import { fileSubject } from '../../messages/subject.ts';
import { type IncidentRow, incidentId, isOpen } from '../../operations/incidents.ts';
import { getItem } from '../../platform/dynamodb.ts';
import { bytes, duration } from '../../platform/units.ts';
import type { AnyFile } from '../find/file-list.ts';
import { openIncidents } from '../find/incidents.ts';
import { unmarkedEntries } from '../find/unmarked.ts';
import { type Choice, choicesOfIncidents } from './choices.ts';

/** The reason why a file is here, its progress, and the possible decisions. */
export interface ExplainedFile {
  /** In a sentence. */
  request: string;
  /** In sentences. */
  standing: readonly string[];
  /** Messages about the file that are not marked yet. */
  messages: readonly LineEntry[];
  /** State of the message that delivered it; undefined for a result, or when the message is not kept any more. */
  delivery: MessageState | undefined;
  choices: readonly Choice[];
  /** Its own open incident, and those of held messages about it. */
  incidents: readonly IncidentRow[];
}

/** Explains a delivered file or a result. */
export async function explainFile(operator: OperatorContext, file: AnyFile): Promise<ExplainedFile> {
  const { db, clock, tables } = operator;
  const { fileId } = file;
  const key = { incidentId: incidentId({ kind: 'file-failed', subject: fileId }) };
  const [incident, delivery, messages] = await Promise.all([
    getItem<IncidentRow>(db, tables.incidents, key),
    isResult(file) ? undefined : readMessage(operator, file.messageId),
    Array.fromAsync(entriesAbout(operator, fileId)),
  ]);
  const incidents = [
    ...(incident && isOpen(incident) ? [incident] : []),
    ...(await incidentsOfHeld(operator, messages)),
  ];
  return {
    request: requestOfFile(file),
    standing: standingOfFile(file, clock.now()),
    messages,
    delivery: delivery?.state,
    choices: await choicesOfIncidents(operator, incidents),
    incidents,
  };
}

async function* entriesAbout(operator: OperatorContext, fileId: string): AsyncGenerator<LineEntry> {
  for await (const entry of unmarkedEntries(operator)) if (entry.subject === fileSubject(fileId)) yield entry;
}

async function incidentsOfHeld(operator: OperatorContext, entries: readonly LineEntry[]): Promise<IncidentRow[]> {
  const held = new Set(entries.filter(({ state }) => state === 'held').map(({ messageId }) => messageId));
  return held.size === 0 ? [] : openIncidents(operator, ({ messageId }) => held.has(messageId ?? ''));
}

const requestOfFile = (file: AnyFile) =>
  isResult(file)
    ? `The centre wants it to be sent to the researchers of project ${file.projectNo} at DST.`
    : `DST wants it to be kept for project ${file.projectNo}.`;

const meanings: Record<AnyFile['state'], string> = {
  pending: 'It waits for a transfer.',
  copying: 'It is being fetched from DST.',
  stored: 'It is stored; its bytes had the MD5 that DST announced.',
  sending: 'It is being sent to DST.',
  sent: 'DST has it.',
  failed: 'It needs a person.',
  deleting: 'It is being removed.',
};

function standingOfFile(file: AnyFile, now: number): string[] {
  const { state, dueAt, lastError, failures = 0, bytesDone } = file;
  const moving = state === 'copying' || state === 'sending';
  return [
    meanings[state],
    ...(moving ? [`${bytes(bytesDone)} are done.`] : []),
    ...(state === 'pending' && dueAt > now ? [`It is due in ${duration((dueAt - now) / 1_000)}.`] : []),
    ...(failures > 0 && state !== 'stored' && state !== 'sent'
      ? [failures === 1 ? 'The last attempt brought nothing.' : `${failures} attempts in a row brought nothing.`]
      : []),
    ...(isResult(file) ? [] : otherBytes(file.checksumFailures)),
    ...(lastError === undefined || state === 'stored' ? [] : [`Last error: ${lastError}`]),
  ];
}

function otherBytes(checksumFailures: number): string[] {
  if (checksumFailures === 0) return [];
  return [
    checksumFailures === 1 ? '1 attempt brought other bytes.' : `${checksumFailures} attempts brought other bytes.`,
  ];
}
