import type { Database } from '../platform/dynamodb.ts';
import type { Log } from '../platform/logger.ts';
import type { PasswordKeys } from '../platform/password-keys.ts';
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

/** The service as authenticator apps and passkeys know it. */
export interface SignInService {
  /** For people. */
  name: string;
  /** Domain that passkeys are made for (WebAuthn's relying party id). */
  domain: string;
  /** Origins of the pages that may use passkeys. With the domain `localhost`, every port of `localhost` is allowed, too. */
  origins: readonly string[];
}

/** Everything that second factors need. */
export interface FactorContext extends SignInContext {
  /** Keys that secrets of second factors are encrypted with. */
  keys: PasswordKeys;
  service: SignInService;
}

/** Everything that work on accounts needs. */
export interface AccountContext {
  db: Database;
  clock: Clock;
  tables: Tables;
  /** Name and password of the first admin, for functions that sign accounts in. */
  firstAdmin?: () => Promise<FirstAdmin>;
}
