import { Logger } from '@aws-lambda-powertools/logger';

type Extra = Record<string, unknown>;

/** Structured logging. Never pass a secret, a one-time password or the content of a message: ids only. */
export interface Log {
  debug(message: string, ...extra: Extra[]): void;
  info(message: string, ...extra: Extra[]): void;
  warn(message: string, ...extra: Extra[]): void;
  error(message: string, ...extra: Extra[]): void;
  /** Adds keys to every line until `resetKeys`; absent where no invocations are told apart. */
  appendKeys?(keys: Extra): void;
  resetKeys?(): void;
}

/** JSON lines on standard output, in the form of Powertools for AWS Lambda; level and service by its variables. */
export const createLog = (): Log => new Logger();
