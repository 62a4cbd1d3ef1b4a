import type { Database } from '../platform/dynamodb.ts';
import type { Log } from '../platform/logger.ts';
import type { LiveTables, Tables } from '../platform/tables.ts';
import type { Clock } from '../platform/time.ts';
import type { Sockets } from './sockets.ts';

/** Everything that work on logs and connections needs. */
export interface LiveContext {
  db: Database;
  clock: Clock;
  log: Log;
  tables: Tables & LiveTables;
  sockets: Sockets;
}
