import type { Database } from '../platform/dynamodb.ts';
import type { Log } from '../platform/logger.ts';
import type { Tables } from '../platform/tables.ts';
import type { Clock } from '../platform/time.ts';

/** User name and first password of the account that may create the others. */
export interface FirstAdmin {
  username: string;
  password: string;
}

/** Everything that signing in needs. */
export interface SignInContext extends AccountContext {
  log: Log;
}

/** Everything that work on accounts needs. */
export interface AccountContext {
  db: Database;
  clock: Clock;
  tables: Tables;
  /** Name and password of the first admin, where accounts are signed in to. */
  firstAdmin?: () => Promise<FirstAdmin>;
}
