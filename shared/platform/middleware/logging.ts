import type { MiddlewareObj } from '@middy/core';
import { describeError } from '../errors.ts';
import type { Log } from '../logger.ts';

/**
 * Puts the id of the invocation into every log line, and logs why an invocation failed. Never logs the event. Keys that the
 * invocation before left are removed first: an environment serves many.
 */
export const logging = (log: Log): MiddlewareObj => ({
  before({ context }) {
    log.resetKeys?.();
    log.appendKeys?.({ function_request_id: context.awsRequestId });
  },
  onError({ error }) {
    log.error('invocation failed', { error: describeError(error) });
  },
});
