import * as z from 'zod';
import type { IncidentNotice } from '../../history/history.ts';
import { type IncidentRow, incidentKinds, isOpen } from '../../operations/incidents.ts';
import { getItem } from '../../platform/dynamodb.ts';
import { omitUndefined } from '../../portal/json.ts';
import type { LiveContext } from '../context.ts';
import type { News } from './news.ts';

/** An incident as operators get it. */
export const incidentSchema = z.object({
  incidentId: z.string(),
  kind: z.enum(incidentKinds),
  subject: z.string().describe('The message, the file or the folder that the incident is about'),
  messageId: z.string().optional().describe("Portal's message that caused it"),
  state: z
    .enum(['open', 'retried', 'dismissed', 'resolved'])
    .describe('`resolved`: its cause has disappeared by itself'),
  open: z.boolean().describe('Whether an operator has to decide'),
  count: z.int().positive().describe('Number of occurrences'),
  firstAt: z.iso.datetime().describe('Time of the first occurrence, in UTC'),
  lastAt: z.iso.datetime().describe('Time of the last occurrence, in UTC'),
});

/** News of an incident for operators, as it is now; none when they know. A decision of theirs is an event of its own. */
export async function newsOfIncident({ db, tables }: LiveContext, notice: IncidentNotice): Promise<News[]> {
  const { incidentId, subject, at } = notice;
  const row = await getItem<IncidentRow>(db, tables.incidents, { incidentId });
  if (!row || (row.state === 'dismissed' && !isOpen(row))) return [];
  const message = { action: 'incident', incident: describe(row) };
  return [{ id: `${subject}#${row.count}#${row.state}`, at, subject, audiences: ['operators'], message }];
}

function describe(row: IncidentRow): z.infer<typeof incidentSchema> {
  const { incidentId, kind, subject, messageId, state, count, firstSeenAt, lastSeenAt } = row;
  return {
    ...{ incidentId, kind, subject, state, open: isOpen(row), count },
    ...omitUndefined({ messageId: messageId ?? undefined }),
    firstAt: new Date(firstSeenAt).toISOString(),
    lastAt: new Date(lastSeenAt).toISOString(),
  };
}
