import type { MessageRecord } from '../../../shared/messages/record.ts';
import { projectSubject } from '../../../shared/messages/subject.ts';
import { explainMessage } from '../../../shared/operate/explain/message.ts';
import { describeMessage } from '../../../shared/operate/lists/messages.ts';
import { counted } from '../../../shared/platform/units.ts';
import { parseJson } from '../../../shared/portal/json.ts';
import { dateTime } from '../listing.ts';
import { choiceLines, choicesWithCommands, type ExplainContext } from './choice-lines.ts';
import { articleOf, type Detail } from './detail.ts';
import { lineLines } from './line.ts';
import { escapeJson, prettyJson } from './safe-json.ts';

/** Most lines of a message's content shown as text; `--json` has all of them. */
const maxLines = 60;

/** Details of a message: DST's request, the reason why it waits, and the possible decisions. */
export async function messageDetail(context: ExplainContext, record: MessageRecord): Promise<Detail> {
  const { messageId, type, state, heldFrom } = record;
  const explained = await explainMessage(context.gateway, record);
  const { request, content, standing, choices, incidents } = explained;
  const project = projectSubject('');
  const { line, position, attempts, receivedAt, settledAt, markedAt, timestamp, dueAt, leaseUntil } = record;
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
      ['Content', contentLines(content)],
      ['Standing', standing],
      ['Line', lineLines(explained.line, messageId)],
      ['Choices', choiceLines(context, choices)],
      ['Runbook', [...new Set(incidents.map(({ kind }) => articleOf(kind)))]],
    ],
    json: {
      ...describeMessage(record),
      ...{ request, content, standing, choices: choicesWithCommands(context, choices), incidents },
    },
  };
}

/** The content of a message, escaped for a terminal; as received if it is no JSON. */
function contentLines(text: string | undefined): string[] {
  if (text === undefined) return [];
  const lines = linesOf(text);
  const more = lines.length - maxLines;
  return more > 0
    ? [...lines.slice(0, maxLines), `… and ${counted(more, 'line')} more: --json has all of them`]
    : lines;
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
