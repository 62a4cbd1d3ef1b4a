import type { OperatorContext } from '../../decisions/context.ts';
import { readLines } from '../../messages/read.ts';
import type { LineEntry, MessageRecord } from '../../messages/record.ts';
import { noTextIfGone, readText } from '../../messages/stored-text.ts';
import { type IncidentRow, isOpen } from '../../operations/incidents.ts';
import { isPaused } from '../../operations/pause.ts';
import { parseMessage } from '../../portal/parse-message.ts';
import { findIncidents } from '../find/incidents.ts';
import { type Choice, choicesOfIncidents, choicesOfMessage } from './choices.ts';
import { requestOf } from './message-request.ts';
import { waitingReasonsOf } from './waiting-reasons.ts';

/** DST's request, the reason why a message waits, and the possible decisions. */
export interface ExplainedMessage {
  /** In a sentence. */
  request: string;
  /** The text as received; undefined when it is gone. */
  content: string | undefined;
  /** In sentences. */
  standing: readonly string[];
  /** The messages of its line that are not marked yet, in order. */
  line: readonly LineEntry[];
  choices: readonly Choice[];
  /** Open ones. */
  incidents: readonly IncidentRow[];
  /** Those that are decided or resolved. */
  settled: readonly IncidentRow[];
}

/** Explains a message. */
export async function explainMessage(operator: OperatorContext, record: MessageRecord): Promise<ExplainedMessage> {
  const { messageId } = record;
  const [content, entries, all, paused] = await Promise.all([
    readText(operator, record).catch(noTextIfGone),
    readLines(operator, record.line),
    findIncidents(operator, (incident) => isAbout(incident, messageId)),
    isPaused(operator.db, operator.tables.control),
  ]);
  const incidents = all.filter(isOpen);
  return {
    request: requestOfText(content),
    content,
    standing: waitingReasonsOf({ record, entries, incidents, paused }, operator.clock.now()),
    line: entries.filter(({ line }) => line === record.line),
    choices: [...(await choicesOfIncidents(operator, incidents)), ...(await choicesOfMessage(operator, record))],
    incidents,
    settled: all.filter((incident) => !isOpen(incident)),
  };
}

const isAbout = (incident: IncidentRow, messageId: string) =>
  incident.messageId === messageId || (incident.kind !== 'file-failed' && incident.subject === messageId);

function requestOfText(text: string | undefined): string {
  if (text === undefined) return 'Unknown: its text is gone, as its project was deleted or it came long ago.';
  const message = parseMessage(text);
  return message.readable ? requestOf(message.content) : `Unknown: it can't be read. ${message.problem}`;
}
