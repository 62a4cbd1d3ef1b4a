import type { Database } from '../platform/dynamodb.ts';
import type { Log } from '../platform/logger.ts';
import type { Tables } from '../platform/tables.ts';
import type { Clock } from '../platform/time.ts';

/** Everything that work on accounts needs. */
export interface AccountContext {
  db: Database;
  clock: Clock;
  log: Log;
  tables: Tables;
}
