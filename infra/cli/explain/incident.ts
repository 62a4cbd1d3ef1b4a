import { explainIncident } from '../../../shared/operate/explain/incident.ts';
import { stateOfIncident } from '../../../shared/operate/find/incidents.ts';
import { type IncidentRow, isOpen } from '../../../shared/operations/incidents.ts';
import { commandLine } from '../command-line.ts';
import { dateTime } from '../listing.ts';
import { choiceLines, choicesWithCommands, type ExplainContext } from './choice-lines.ts';
import { articleOf, type Detail } from './detail.ts';
import { fileDetail } from './file.ts';
import { messageDetail } from './message.ts';

/** Details of an incident: its subject, the reason why it is open, and the possible decisions. */
export async function incidentDetail(context: ExplainContext, incident: IncidentRow): Promise<Detail> {
  const { gateway, where } = context;
  const { incidentId, kind, subject, messageId, expected, found } = incident;
  const { message, file, choices } = await explainIncident(gateway, incident);
  const about = file ? await fileDetail(context, file) : message ? await messageDetail(context, message) : undefined;
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
      ['Choices', isOpen(incident) ? choiceLines(context, choices) : []],
      [
        'More',
        [
          ...(file ? [commandLine(where, ['files'], file.fileId)] : []),
          ...(message ? [commandLine(where, ['messages'], message.messageId)] : []),
        ],
      ],
      ['Runbook', [articleOf(kind)]],
    ],
    json: {
      ...rest,
      state: stateOfIncident(incident),
      choices: choicesWithCommands(context, choices),
      about: about?.json,
    },
  };
}

/** Sections of the message or file that are shown with its incident. */
const shown: ReadonlySet<string> = new Set(['Request', 'Content', 'Standing']);
