import { readLines } from '../../../shared/messages/read.ts';
import type { MessageRecord } from '../../../shared/messages/record.ts';
import { readText } from '../../../shared/messages/stored-text.ts';
import { projectSubject } from '../../../shared/messages/subject.ts';
import type { IncidentRow } from '../../../shared/operations/incidents.ts';
import { isPaused } from '../../../shared/operations/pause.ts';
import { parseJson } from '../../../shared/portal/json.ts';
import { parseMessage } from '../../../shared/portal/messages.ts';
import { dateTime } from '../listing.ts';
import { type Choice, choiceLines, choicesOfIncident, choicesOfMessage, type ExplainContext } from './choices.ts';
import { articleOf, type Detail } from './detail.ts';
import { openIncidents } from './incidents-of.ts';
import { lineLines } from './line.ts';
import { requestOf } from './request.ts';
import { escapeJson, prettyJson } from './safe-json.ts';
import { standingOf } from './standing.ts';

/** Most lines of a message's content shown as text; `--json` has all of them. */
const maxLines = 60;

/** Details of a message: DST's request, the reason why it waits, and the possible decisions. */
export async function messageDetail(context: ExplainContext, record: MessageRecord): Promise<Detail> {
  const { messageId, type, state, heldFrom } = record;
  const { gateway } = context;
  const [text, entries, incidents, paused] = await Promise.all([
    readText(gateway, record),
    readLines(gateway, record.line),
    openIncidents(context, (incident) => isAbout(incident, messageId)),
    isPaused(gateway.db, gateway.tables.control),
  ]);
  const request = requestOfText(text);
  const standing = standingOf({ record, entries, incidents, paused }, gateway.clock.now());
  const choices = await choicesOf(context, record, incidents);
  const project = projectSubject('');
  const { line, position, attempts, receivedAt, settledAt, markedAt, timestamp, dueAt, leaseUntil } = record;
  const { raw: _, rawKey: __, contentHash: ___, passwordKeyId: ____, ...row } = record;
  return {
    title: `${type} ${messageId}`,
    facts: [
      ['state', heldFrom === undefined ? state : `${state}; was ${heldFrom}`],
      ['project', line.startsWith(project) ? line.slice(project.length) : undefined],
      ['line', `${line}, at ${position}`],
      ['sent', timestamp],
      ['came', dateTime(receivedAt)],
      ['settled', dateTime(settledAt)],
      ['marked', dateTime(markedAt)],
      ['tries', attempts],
      ['due', dateTime(state === 'marked' ? undefined : dueAt)],
      ['lease until', dateTime(leaseUntil)],
    ],
    sections: [
      ['Request', [request]],
      ['Content', contentLines(text)],
      ['Standing', standing],
      [
        'Line',
        lineLines(
          entries.filter(({ line }) => line === record.line),
          messageId,
        ),
      ],
      ['Choices', choiceLines(choices)],
      ['Runbook', [...new Set(incidents.map(({ kind }) => articleOf(kind)))]],
    ],
    json: { ...row, request, content: text, standing, choices, incidents },
  };
}

const isAbout = (incident: IncidentRow, messageId: string) =>
  incident.messageId === messageId || (incident.kind !== 'file-failed' && incident.subject === messageId);

async function choicesOf(
  context: ExplainContext,
  record: MessageRecord,
  incidents: readonly IncidentRow[],
): Promise<Choice[]> {
  const choices = await Promise.all(incidents.slice(0, 10).map((incident) => choicesOfIncident(context, incident)));
  return [...choices.flat(), ...(await choicesOfMessage(context, record))];
}

function requestOfText(text: string | undefined): string {
  if (text === undefined) return 'Unknown: its text is gone, as its project was deleted.';
  const message = parseMessage(text);
  return message.readable ? requestOf(message.content) : `Unknown: it can't be read. ${message.problem}`;
}

/** The content of a message, escaped for a terminal; as received if it is no JSON. */
function contentLines(text: string | undefined): string[] {
  if (text === undefined) return [];
  const lines = linesOf(text);
  const more = lines.length - maxLines;
  return more > 0 ? [...lines.slice(0, maxLines), `… and ${more} lines more: --json has all of them`] : lines;
}

function linesOf(text: string): string[] {
  try {
    return prettyJson(parseJson(text));
  } catch {
    return escapeJson(text)
      .slice(0, 80 * maxLines)
      .split('\n');
  }
}
