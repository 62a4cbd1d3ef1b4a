import * as z from 'zod';
import type { HistoryRow } from '../../history/history.ts';
import type { LineEntry, MessageRecord } from '../../messages/record.ts';
import { projectSubject } from '../../messages/subject.ts';
import { type IncidentRow, incidentKinds } from '../../operations/incidents.ts';
import { omitUndefined } from '../../portal/json.ts';
import type { ProjectRow } from '../../projects/project.ts';
import { decisionNames } from '../explain/choices.ts';
import { fileStates } from '../files/file-state.ts';
import { stateOfIncident } from '../find/incidents.ts';
import type { ListedIncident } from '../lists/incident-subjects.ts';
import { describeMessage, messageStates } from '../lists/messages.ts';

/** Most messages or incidents that are shown with another thing: Lambda takes an answer of 6 MB. */
export const mostShown = 1_000;

const time = z.number().describe('milliseconds since 1970');

export const messageState = z.enum(messageStates);
export const incidentState = z.enum(['open', 'retried', 'dismissed', 'resolved']);

export const messageShape = z.object({
  messageId: z.string(),
  portalId: z.string().optional().describe('the id as DST sent it first, if it differs'),
  reuses: z.string().optional(),
  idReused: z.boolean().optional(),
  type: z.string(),
  state: messageState,
  heldFrom: messageState.optional(),
  line: z.string(),
  position: z.string(),
  projectNo: z.string().optional(),
  timestamp: z.string().optional().describe('when DST sent it, as DST wrote it'),
  receivedAt: time,
  settledAt: time.optional(),
  markedAt: time.optional(),
  attempts: z.number(),
  dueAt: time,
  leaseUntil: time.optional(),
  lastError: z.string().optional(),
  approved: z.boolean().optional(),
  filesLeft: z.number().optional(),
  markRefusals: z.number().optional(),
});

/** A message, without its text, which may be long. */
export const messageView = (record: MessageRecord): z.infer<typeof messageShape> => ({
  ...describeMessage(record),
  ...omitUndefined({ projectNo: projectOfLine(record.line) }),
});

/** Number of the project whose line a line is. */
export function projectOfLine(line: string): string | undefined {
  const prefix = projectSubject('');
  return line.startsWith(prefix) ? line.slice(prefix.length) : undefined;
}

export const entryShape = z.object({
  messageId: z.string(),
  type: z.string(),
  state: messageState,
  line: z.string(),
  position: z.string(),
  subject: z.string().optional(),
});

/** A message in its line. */
export const entryView = ({ messageId, type, state, line, position, subject }: LineEntry) => ({
  ...{ messageId, type, state, line, position },
  ...omitUndefined({ subject }),
});

export const incidentShape = z.object({
  incidentId: z.string(),
  kind: z.enum(incidentKinds),
  subject: z.string(),
  messageId: z.string().optional(),
  projectNo: z.string().optional(),
  fileId: z.string().optional(),
  expected: z.string(),
  found: z.string(),
  count: z.number(),
  state: incidentState,
  firstSeenAt: time,
  lastSeenAt: time,
  decidedAt: time.optional(),
  decidedBy: z.string().optional(),
  reason: z.string().optional(),
});

/** An incident, with its project and file, if they are known. */
export const incidentView = (
  row: IncidentRow,
  { projectNo, fileId }: Partial<Pick<ListedIncident, 'projectNo' | 'fileId'>> = {},
): z.infer<typeof incidentShape> => {
  const { incidentId, kind, subject, messageId, expected, found, count } = row;
  const { firstSeenAt, lastSeenAt, decidedAt, decidedBy, reason } = row;
  return {
    ...{ incidentId, kind, subject, expected, found, count, firstSeenAt, lastSeenAt, state: stateOfIncident(row) },
    ...omitUndefined({ messageId: messageId ?? undefined, projectNo, fileId, decidedAt, decidedBy, reason }),
  };
};

export const choiceShape = z.object({
  decision: z.enum(decisionNames),
  id: z.string().describe('of the message, incident or file'),
  wholeDelivery: z.literal(true).optional(),
  planned: z.array(z.string()).readonly().optional().describe('what it would do now, in sentences'),
  why: z.string().optional().describe('why it would be refused'),
});

export const fileShape = z.object({
  fileId: z.string(),
  projectNo: z.string(),
  objectKey: z.string(),
  state: z.enum(fileStates),
  bytes: z.number().optional().describe('in all, if that is known'),
  bytesDone: z.number(),
  bytesPerSecond: z.number().optional().describe('of a file that is being moved'),
  secondsLeft: z.number().optional(),
  attempt: z.number(),
  failures: z.number().optional(),
  dueAt: time,
  lastError: z.string().optional(),
  createdAt: time,
});

export const accessShape = z.object({
  accessIdentifier: z.string(),
  projectNo: z.string(),
  loginName: z.string(),
  enabled: z.boolean(),
  passwordTaken: z.boolean().optional(),
  createdAt: time,
});

export const projectShape = z.object({
  projectNo: z.string(),
  state: z.enum(['active', 'deleting']).optional().describe('absent while it is not made yet'),
  createdAt: time.optional(),
});

export const projectView = ({ projectNo, state, createdAt }: ProjectRow) => ({ projectNo, state, createdAt });

export const eventShape = z.object({
  subject: z.string(),
  sequence: z.number(),
  event: z.string(),
  at: time,
  messageId: z.string().optional(),
  projectNo: z.string().optional(),
  details: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('`by` and `reason` of a person, and what else there is'),
});

/** An event of the history. */
export const eventView = ({ subject, sequence, event, at, messageId, projectNo, details }: HistoryRow) => ({
  ...{ subject, sequence, event, at },
  ...omitUndefined({ messageId, projectNo, details }),
});
