import { type Database, getItem, updateExpression } from '../platform/dynamodb.ts';
import type { Log } from '../platform/logger.ts';
import type { Clock } from '../platform/time.ts';
import { transact, type Write } from '../platform/transaction.ts';
import { afterAsking, isNews, type PortalHealth, type PortalOutcome } from '../portal/health.ts';
import { type Incident, incidentWrite, resolvedWrite } from './incidents.ts';

const key = { name: 'portal' };

/** How the portal was found last. */
export async function readPortalHealth(db: Database, controlTable: string): Promise<PortalHealth> {
  const found = await getItem<PortalHealth>(db, controlTable, key);
  return found ?? { state: 'reachable', since: 0, failures: 0, retryAt: 0 };
}

/** Whether it is of no use to begin what needs the portal. */
export async function isPortalOut(db: Database, controlTable: string): Promise<boolean> {
  return (await readPortalHealth(db, controlTable)).state !== 'reachable';
}

/** What recording the portal's health needs. */
interface HealthContext {
  db: Database;
  clock: Clock;
  log: Log;
  tables: { control: string; incidents: string };
  settings: { pollSeconds: number };
}

/**
 * Records what asking the portal came to. Where its state changes, and only there, it tells: in the log, and by an incident
 * that stays open until the portal is in another state.
 *
 * @param holding lets the transaction through only while the caller may speak for all
 * @param before as last read
 * @param found what the portal answered, or why there was no answer
 * @param at when it was asked, in milliseconds since 1970
 */
export async function recordPortalHealth(
  { db, clock, log, tables, settings }: HealthContext,
  holding: Write,
  before: PortalHealth,
  outcome: PortalOutcome,
  found: string,
  at: number,
): Promise<PortalHealth> {
  const after = afterAsking(before, outcome, at, settings.pollSeconds);
  const news = isNews(before, after);
  if (!news && before.failures === after.failures && before.retryAt === after.retryAt) return after;
  const [ended, begun] = news ? [incidentOf(before, ''), incidentOf(after, found)] : [];
  const committed = await transact(db, clock, [
    holding,
    { Update: { TableName: tables.control, Key: key, ...updateExpression({ ...after }) } },
    ...(ended && ended.kind !== begun?.kind ? [resolvedWrite(tables.incidents, ended, at)] : []),
    ...(begun ? [incidentWrite(tables.incidents, begun, at)] : []),
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
