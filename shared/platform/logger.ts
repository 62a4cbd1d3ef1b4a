import { Logger } from '@aws-lambda-powertools/logger';

type Extra = Record<string, unknown>;

/** Structured logging. Never give it a secret, a one-time password or what a message carries beside ids. */
export interface Log {
  debug(message: string, extra?: Extra): void;
  info(message: string, extra?: Extra): void;
  warn(message: string, extra?: Extra): void;
  error(message: string, extra?: Extra): void;
}

/** JSON lines on standard output, in the form of Powertools for AWS Lambda; level and service by its variables. */
export function createLog(): Log {
  const logger = new Logger();
  return {
    debug: (message, extra = {}) => logger.debug(message, extra),
    info: (message, extra = {}) => logger.info(message, extra),
    warn: (message, extra = {}) => logger.warn(message, extra),
    error: (message, extra = {}) => logger.error(message, extra),
  };
}
