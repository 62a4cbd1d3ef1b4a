import { readRows } from '../../../shared/files/rows.ts';
import { readMessage } from '../../../shared/messages/read.ts';
import { type IncidentRow, isOpen } from '../../../shared/operations/incidents.ts';
import { commandLine } from '../command-line.ts';
import { dateTime } from '../listing.ts';
import { choiceLines, choicesOfIncident, type ExplainContext } from './choices.ts';
import { articleOf, type Detail } from './detail.ts';
import { fileDetail } from './file.ts';
import { messageDetail } from './message.ts';

/** Details of an incident: its subject, the reason why it is open, and the possible decisions. */
export async function incidentDetail(context: ExplainContext, incident: IncidentRow): Promise<Detail> {
  const { gateway, where } = context;
  const { incidentId, kind, subject, messageId, expected, found } = incident;
  const record = messageId ? await readMessage(gateway, messageId) : undefined;
  const row = kind === 'file-failed' ? (await readRows(gateway, [subject])).get(subject) : undefined;
  const about = row ? await fileDetail(context, row) : record ? await messageDetail(context, record) : undefined;
  const choices = await choicesOfIncident(context, incident);
  const { decidedBy, decidedAt, reason, state } = incident;
  const settled = decidedBy === undefined ? state : `${state} by ${decidedBy}, ${dateTime(decidedAt)}: ${reason}`;
  const { decidedCount: _, ...rest } = incident;
  return {
    title: `${kind} ${incidentId}`,
    facts: [
      ['state', isOpen(incident) ? 'open' : settled],
      ['about', subject],
      ['project', about?.facts.find(([name]) => name === 'project')?.[1]],
      ['message', messageId ?? undefined],
      ['expected', expected],
      ['found', found],
      ['count', incident.count],
      ['first seen', dateTime(incident.firstSeenAt)],
      ['last seen', dateTime(incident.lastSeenAt)],
      ...(isOpen(incident) && decidedBy !== undefined ? [['before that', settled] as const] : []),
    ],
    sections: [
      ...(about?.sections.filter(([heading]) => shown.has(heading)) ?? []),
      ['Choices', isOpen(incident) ? choiceLines(choices) : []],
      [
        'More',
        [
          ...(row ? [commandLine(where, ['files'], row.fileId)] : []),
          ...(record ? [commandLine(where, ['messages'], record.messageId)] : []),
        ],
      ],
      ['Runbook', [articleOf(kind)]],
    ],
    json: { ...rest, state: isOpen(incident) ? 'open' : state, choices, about: about?.json },
  };
}

/** Sections of the message or file that are shown with its incident. */
const shown: ReadonlySet<string> = new Set(['Request', 'Content', 'Standing']);
