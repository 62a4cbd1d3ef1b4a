import type { HistoryEvent } from '../../history/history.ts';
import type { Clock } from '../../platform/time.ts';
import type { Write } from '../../platform/transaction.ts';
import { clientAudience, hasAccounts } from '../audience.ts';
import { timeKey } from '../keys.ts';
import type { MissedEventRow } from '../rows.ts';
import { isTold } from './payload.ts';

// Events of a process are kept for those who were away: once for each party, in the transaction of the change.

/** Scope of a party's log. @param party an audience such as `account#…` or `contractor#…` */
export const eventsScope = (party: string): string => `events#${party}`;

/** Milliseconds for which an event is kept for those who have not seen it. */
const retention = 90 * 24 * 3_600_000;

/** The writes that put events of processes into the logs of their parties, but for one that only the actor would read. */
export function missedEventWrites(
  { clock, tables }: { clock: Clock; tables: { processes: string } },
  events: readonly HistoryEvent[],
): Write[] {
  const at = clock.now();
  return events.flatMap(({ subject, sequence, parties = [], details = {} }) => {
    const { key, by, userID, projectID, data } = details;
    if (!isTold(key) || typeof by !== 'string' || typeof projectID !== 'string') return [];
    const processID = subject.slice(subject.indexOf('#') + 1);
    return parties.flatMap((party) => {
      if (!hasAccounts(party) || (typeof userID === 'string' && party === clientAudience(userID))) return [];
      const Item: MissedEventRow = {
        scope: eventsScope(party),
        item: `${timeKey(at)}#${processID}#${sequence}`,
        ...{ projectID, processID, key, by, content: contentOf(key, data), at },
        removeAt: Math.ceil((at + retention) / 1_000),
      };
      return { Put: { TableName: tables.processes, Item } };
    });
  });
}

const contentOf = (key: string, data: unknown): string =>
  key !== 'messages' && key !== 'files' && typeof data === 'string' ? data : '';
