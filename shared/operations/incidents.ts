import { createHash } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Database, updateExpression } from '../platform/dynamodb.ts';
import type { Log } from '../platform/logger.ts';
import type { Clock } from '../platform/time.ts';
import type { Write } from '../platform/transaction.ts';

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

/** Something that a person should see: what it is about, what was expected and what was found instead. */
export interface Incident {
  kind: (typeof incidentKinds)[number];
  /** What the incident is about; with the kind it decides whether two are the same. */
  subject: string;
  messageId?: string | undefined;
  expected: string;
  found: string;
}

/** An incident as the table `incidents` keeps it. Times are milliseconds since 1970. */
export interface IncidentRow extends Incident {
  incidentId: string;
  /** How often it was raised. */
  count: number;
  /** `resolved`: its cause went by itself. */
  state: 'open' | 'retried' | 'dismissed' | 'resolved';
  firstSeenAt: number;
  lastSeenAt: number;
  decidedAt?: number;
  decidedBy?: string;
  reason?: string;
  /** How often it had been raised when a person decided. */
  decidedCount?: number;
}

/** What is raised again and again for as long as it lasts: once dismissed it needs no person any more. */
const lasting: ReadonlySet<Incident['kind']> = new Set(['marking-refused', 'unreadable-message']);

/** What is about one content of a message: a decision holds for as long as that is listed. */
const decidedForGood: ReadonlySet<Incident['kind']> = new Set(['message-id-reused']);

/** Whether what it is about is seen by each poll for as long as it lasts. */
export const isLasting = ({ kind }: Pick<Incident, 'kind'>): boolean => lasting.has(kind);

/** What a message may be held for. Of a message that an incident of another kind names it says nothing about its turn. */
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

/** Whether it needs a person: nobody has decided yet, or it came again after that. */
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
 * Notes what a person decided, unless it was raised again since it was read. What each poll raises again may be: only another
 * decision is in the way.
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

/** Notes that what an incident is about is tried again without a person's word. */
export function retriedWrite(
  table: string,
  incident: Pick<Incident, 'kind' | 'subject'>,
  { reason, at }: { reason: string; at: number },
): Write {
  return {
    Update: {
      TableName: table,
      Key: { incidentId: incidentId(incident) },
      UpdateExpression:
        'SET #state = :retried, decidedAt = :at, decidedBy = :by, reason = :reason, decidedCount = #count',
      ConditionExpression: 'attribute_exists(#count)',
      ExpressionAttributeNames: { '#state': 'state', '#count': 'count' },
      ExpressionAttributeValues: { ':retried': 'retried', ':at': at, ':by': 'the gateway', ':reason': reason },
    },
  };
}

export const incidentId = ({ kind, subject }: Pick<Incident, 'kind' | 'subject'>): string =>
  createHash('sha256').update(`${kind}\n${subject}`).digest('hex').slice(0, 32);

const longest = 1_000;
const shorten = (text: string) => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text);

/** What comes and goes by itself: when it comes again it is open again, whatever became of it the last time. */
const recurring: ReadonlySet<Incident['kind']> = new Set(['portal-unreachable', 'portal-unauthorized']);

/**
 * Raises an incident, or the count of the same one raised before.
 *
 * @param now milliseconds since 1970
 * @param more how often it is raised at once, and further attributes of its row
 */
export function incidentWrite(
  table: string,
  incident: Incident,
  now: number,
  { times = 1, attributes = {} }: { times?: number; attributes?: Record<string, unknown> } = {},
) {
  const further = Object.keys(attributes);
  return {
    Update: {
      TableName: table,
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
        ':subject': shorten(incident.subject.toWellFormed()),
        ':messageId': incident.messageId ?? null,
        ':expected': shorten(incident.expected.toWellFormed()),
        ':found': shorten(incident.found.toWellFormed()),
        ':now': now,
        ':open': 'open',
        ':times': times,
        ...Object.fromEntries(further.map((name) => [`:${name}`, attributes[name]])),
      },
    },
  } satisfies Write;
}

/** Ends an incident whose cause is gone by itself. @param now milliseconds since 1970 */
export function resolvedWrite(table: string, incident: Pick<Incident, 'kind' | 'subject'>, now: number) {
  const Key = { incidentId: incidentId(incident) };
  return {
    Update: { TableName: table, Key, ...updateExpression({ state: 'resolved', resolvedAt: now }) },
  } satisfies Write;
}

/** Raises an incident that no other change goes with, in the table and in the log. */
export async function raiseIncident(
  { db, clock, log, tables }: { db: Database; clock: Clock; log: Log; tables: { incidents: string } },
  incident: Incident,
): Promise<void> {
  log.warn('incident', { ...incident });
  await db.send(new UpdateCommand(incidentWrite(tables.incidents, incident, clock.now()).Update));
}
