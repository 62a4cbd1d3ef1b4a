import { createHash } from 'node:crypto';
import type { IncidentNotice } from '../history/history.ts';
import { shorten } from '../platform/cut.ts';
import { type Database, updateExpression } from '../platform/dynamodb.ts';
import type { Log } from '../platform/logger.ts';
import type { Clock } from '../platform/time.ts';
import { transact, updateItem, type Write } from '../platform/transaction.ts';

/** Every kind of incident; infra/monitoring/RUNBOOK.md has an article for each. */
export const incidentKinds = [
  'mismatch',
  'unknown-message-type',
  'unreadable-message',
  'message-id-reused',
  'attempts-used-up',
  'file-failed',
  'file-damaged',
  'result-refused',
  'marking-refused',
  'return-superseded',
  'needs-approval',
  'portal-unreachable',
  'portal-unauthorized',
] as const;

/** A problem that a person should see: its subject, what was expected and what was found. */
export interface Incident {
  kind: (typeof incidentKinds)[number];
  /** The subject of the incident. Incidents with the same kind and subject are the same. */
  subject: string;
  messageId?: string | undefined;
  expected: string;
  found: string;
}

/** An incident as the table `incidents` keeps it. Times are milliseconds since 1970. */
export interface IncidentRow extends Incident {
  incidentId: string;
  /** Number of occurrences. */
  count: number;
  /** `resolved`: its cause disappeared by itself. */
  state: 'open' | 'retried' | 'dismissed' | 'resolved';
  firstSeenAt: number;
  lastSeenAt: number;
  decidedAt?: number;
  decidedBy?: string;
  reason?: string;
  /** Number of occurrences when an operator decided. */
  decidedCount?: number;
}

/** Kinds raised repeatedly while the cause lasts. Once dismissed, they need no further decision. */
const lasting: ReadonlySet<Incident['kind']> = new Set(['marking-refused', 'unreadable-message']);

/** Kinds about one content of a message. A decision is valid as long as the portal lists that content. */
const decidedForGood: ReadonlySet<Incident['kind']> = new Set(['message-id-reused']);

/** Whether every poll raises the incident while its cause lasts. */
export const isLasting = ({ kind }: Pick<Incident, 'kind'>): boolean => lasting.has(kind);

/** Kinds for which a message is held. Incidents of other kinds that name a message do not affect its processing. */
const holding: ReadonlySet<Incident['kind']> = new Set([
  'mismatch',
  'unknown-message-type',
  'unreadable-message',
  'attempts-used-up',
  'file-failed',
  'file-damaged',
  'needs-approval',
]);

export const mayHold = ({ kind }: Pick<Incident, 'kind'>): boolean => holding.has(kind);

/** Whether the incident needs a decision: there is none yet, or it occurred again afterwards. */
export function isOpen({
  kind,
  state,
  count,
  decidedCount = count,
}: Pick<IncidentRow, 'kind' | 'state' | 'count' | 'decidedCount'>): boolean {
  if (state === 'open' || state === 'resolved' || decidedForGood.has(kind)) return state === 'open';
  return count > decidedCount && !(state === 'dismissed' && lasting.has(kind));
}

/**
 * Records an operator's decision, refused if the incident occurred again since it was read. For incidents that every poll
 * raises, only another decision is refused.
 */
export function decisionWrite(
  table: string,
  { incidentId, kind, count, state: read }: IncidentRow,
  state: 'retried' | 'dismissed',
  { by: decidedBy, reason, at: decidedAt }: { by: string; reason: string; at: number },
): Write {
  const update = updateExpression({ state, decidedAt, decidedBy, reason, decidedCount: count });
  return {
    Update: {
      TableName: table,
      Key: { incidentId },
      ...update,
      ...(lasting.has(kind) || decidedForGood.has(kind)
        ? {
            ConditionExpression: '#state = :read',
            ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ':read': read },
          }
        : {
            ConditionExpression: '#count = :decidedCount',
            ExpressionAttributeNames: { ...update.ExpressionAttributeNames, '#count': 'count' },
          }),
    },
  };
}

/** The writes which record that the subject of an incident is retried without an operator's decision. */
export function retriedWrites(
  context: IncidentContext,
  incident: Pick<Incident, 'kind' | 'subject'>,
  { reason, at }: { reason: string; at: number },
): Write[] {
  const update = {
    Update: {
      TableName: context.tables.incidents,
      Key: { incidentId: incidentId(incident) },
      UpdateExpression:
        'SET #state = :retried, decidedAt = :at, decidedBy = :by, reason = :reason, decidedCount = #count',
      ConditionExpression: 'attribute_exists(#count)',
      ExpressionAttributeNames: { '#state': 'state', '#count': 'count' },
      ExpressionAttributeValues: { ':retried': 'retried', ':at': at, ':by': 'the gateway', ':reason': reason },
    },
  };
  return [update, noticeWrite(context, incident, at)];
}

export const incidentId = ({ kind, subject }: Pick<Incident, 'kind' | 'subject'>): string =>
  createHash('sha256').update(`${kind}\n${subject}`).digest('hex').slice(0, 32);

const longest = 1_000;

/** Kinds that appear and disappear by themselves. A new occurrence reopens the incident, whatever its last state. */
const recurring: ReadonlySet<Incident['kind']> = new Set([
  'portal-unreachable',
  'portal-unauthorized',
  'result-refused',
]);

/** Dependencies of writes to incidents. */
interface IncidentContext {
  clock: Pick<Clock, 'now' | 'random'>;
  tables: { incidents: string; unpublished: string };
}

/** An occurrence of an incident. */
interface Occurrence {
  /** Milliseconds since 1970; now by default. */
  at?: number;
  /** Number of occurrences to add; 1 by default. */
  times?: number;
  /** Further attributes of the row. */
  attributes?: Record<string, unknown>;
}

/** The two writes that open an incident, or increment the count of an existing one, and queue a notice for operators. */
export function incidentWrites(context: IncidentContext, incident: Incident, occurrence: Occurrence = {}): Write[] {
  const at = occurrence.at ?? context.clock.now();
  return [{ Update: incidentUpdate(context, incident, { ...occurrence, at }) }, noticeWrite(context, incident, at)];
}

function incidentUpdate(
  { clock, tables }: IncidentContext,
  incident: Incident,
  { at = clock.now(), times = 1, attributes = {} }: Occurrence,
) {
  const further = Object.keys(attributes);
  return {
    TableName: tables.incidents,
    Key: { incidentId: incidentId(incident) },
    UpdateExpression:
      'SET kind = :kind, subject = :subject, messageId = :messageId, expected = :expected, #found = :found, ' +
      'lastSeenAt = :now, firstSeenAt = if_not_exists(firstSeenAt, :now), ' +
      further.map((name) => `${name} = :${name}, `).join('') +
      `#state = ${recurring.has(incident.kind) ? ':open' : 'if_not_exists(#state, :open)'} ` +
      'ADD #count :times',
    ExpressionAttributeNames: { '#state': 'state', '#count': 'count', '#found': 'found' },
    ExpressionAttributeValues: {
      ':kind': incident.kind,
      ':subject': shorten(incident.subject, longest),
      ':messageId': incident.messageId ?? null,
      ':expected': shorten(incident.expected, longest),
      ':found': shorten(incident.found, longest),
      ':now': at,
      ':open': 'open',
      ':times': times,
      ...Object.fromEntries(further.map((name) => [`:${name}`, attributes[name]])),
    },
  };
}

function noticeWrite(
  { clock, tables }: IncidentContext,
  incident: Pick<Incident, 'kind' | 'subject'>,
  at: number,
): Write {
  const id = incidentId(incident);
  const sequence = at * 1_000 + Math.floor(clock.random() * 1_000);
  const Item: IncidentNotice = { subject: `incident#${id}`, sequence, incidentId: id, at };
  return { Put: { TableName: tables.unpublished, Item } };
}

/** The writes that resolve an incident whose cause has disappeared. @param at milliseconds since 1970 */
export function resolvedWrites(
  context: IncidentContext,
  incident: Pick<Incident, 'kind' | 'subject'>,
  at: number,
): Write[] {
  const Key = { incidentId: incidentId(incident) };
  const update = updateExpression({ state: 'resolved', resolvedAt: at });
  return [{ Update: { TableName: context.tables.incidents, Key, ...update } }, noticeWrite(context, incident, at)];
}

/** Opens an incident without any other change, in the table and in the log. */
export async function raiseIncident(
  context: Parameters<typeof recordIncident>[0] & { log: Log },
  incident: Incident,
): Promise<void> {
  context.log.warn('incident', { ...incident });
  await recordIncident(context, incident);
}

/** Opens an incident without any other change. A repetition only counts, because every poll may bring one. */
export async function recordIncident(
  context: IncidentContext & { db: Database; clock: Clock },
  incident: Incident,
  occurrence: Occurrence = {},
): Promise<void> {
  const { db, clock } = context;
  // For lasting ones a dismissal is the last word.
  const isKnown = isLasting(incident) ? 'attribute_exists(incidentId)' : '#state = :open';
  const counted = { ...incidentUpdate(context, incident, occurrence), ConditionExpression: isKnown };
  if ((await updateItem(db, counted)) === 'committed') return;
  await transact(db, clock, incidentWrites(context, incident, occurrence));
}
