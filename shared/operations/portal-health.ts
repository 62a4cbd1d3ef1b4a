import { type Database, eventually, getItem, updateExpression } from '../platform/dynamodb.ts';
import type { Log } from '../platform/logger.ts';
import type { Clock } from '../platform/time.ts';
import { transact, type Write } from '../platform/transaction.ts';
import { afterAsking, isNews, type PortalHealth, type PortalOutcome } from '../portal/outage-rules.ts';
import { type Incident, incidentWrites, resolvedWrites } from './incidents.ts';

const key = { name: 'portal' };

/** The portal's health as last recorded. */
export async function readPortalHealth(
  db: Database,
  controlTable: string,
  consistency?: typeof eventually,
): Promise<PortalHealth> {
  const found = await getItem<PortalHealth>(db, controlTable, key, consistency);
  return found ?? { state: 'reachable', since: 0, failures: 0, retryAt: 0 };
}

/** Whether the portal is out, so that calls to it would fail. */
export async function isPortalOut(db: Database, controlTable: string): Promise<boolean> {
  return (await readPortalHealth(db, controlTable, eventually)).state !== 'reachable';
}

/** Dependencies for recording the portal's health. */
interface HealthContext {
  db: Database;
  clock: Clock;
  log: Log;
  tables: { control: string; incidents: string; unpublished: string };
  settings: { pollSeconds: number };
}

/**
 * Records the outcome of a call to the portal. Only a change of state is reported, in the log and as an incident that stays
 * open until the state changes again.
 *
 * @param holding condition that only the poll holding the lease meets
 * @param before as last read
 * @param found the portal's answer, or the reason for its absence
 * @param at time of the call, in milliseconds since 1970
 */
export async function recordPortalHealth(
  context: HealthContext,
  holding: Write,
  before: PortalHealth,
  outcome: PortalOutcome,
  found: string,
  at: number,
): Promise<PortalHealth> {
  const { db, clock, log, tables, settings } = context;
  const after = afterAsking(before, outcome, at, settings.pollSeconds);
  const news = isNews(before, after);
  if (!news && before.failures === after.failures && before.retryAt === after.retryAt) return after;
  const [ended, begun] = news ? [incidentOf(before, ''), incidentOf(after, found)] : [];
  const committed = await transact(db, clock, [
    holding,
    { Update: { TableName: tables.control, Key: key, ...updateExpression({ ...after }) } },
    ...(ended && ended.kind !== begun?.kind ? resolvedWrites(context, ended, at) : []),
    ...(begun ? incidentWrites(context, begun, { at }) : []),
  ]);
  if (committed === 'refused') return before;
  if (begun) log.warn('incident', { ...begun });
  else if (news) log.info('the portal answers again', { was: before.state, since: new Date(before.since) });
  return after;
}

function incidentOf({ state }: PortalHealth, found: string): Incident | undefined {
  if (state === 'reachable') return undefined;
  const expected = state === 'unreachable' ? 'an answer of the portal' : 'an API key that the portal accepts';
  return { kind: `portal-${state}`, subject: 'portal', expected, found };
}
