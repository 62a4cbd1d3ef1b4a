import type { MiddlewareObj } from '@middy/core';
import { describeError } from '../errors.ts';
import type { Log } from '../logger.ts';

/**
 * Adds the invocation's id to every log line, and logs why an invocation failed. Never logs the event. First removes the keys
 * of the previous invocation in the same environment.
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
