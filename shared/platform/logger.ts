import { Logger } from '@aws-lambda-powertools/logger';

type Extra = Record<string, unknown>;

/** Structured logging. Never pass a secret, a one-time password or the content of a message: ids only. */
export interface Log {
  debug(message: string, ...extra: Extra[]): void;
  info(message: string, ...extra: Extra[]): void;
  warn(message: string, ...extra: Extra[]): void;
  error(message: string, ...extra: Extra[]): void;
  /** Adds keys to every line until `resetKeys`. Missing outside of Lambda functions. */
  appendKeys?(keys: Extra): void;
  resetKeys?(): void;
}

/**
 * Creates a log of JSON lines on standard output in the format of Powertools for AWS Lambda. Powertools' variables set the
 * level and the service.
 */
export const createLog = (): Log => new Logger();
