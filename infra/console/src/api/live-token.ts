import * as z from 'zod';
import { PermanentError } from '../../../../shared/platform/errors.ts';
import { call } from './call.ts';
import { ApiError } from './error.ts';

const grant = z.object({ token: z.string(), url: z.string() });

/**
 * A token for one connection to the WebSocket API, valid for a minute.
 *
 * @throws PermanentError when the session has ended, so that the client does not ask again
 */
export async function fetchLiveToken(): Promise<z.infer<typeof grant>> {
  try {
    return await call({ method: 'POST', path: '/accounts/session/live-token', schema: grant });
  } catch (error) {
    const isOver = error instanceof ApiError && !error.isPassing;
    throw isOver ? new PermanentError('The session has ended', { cause: error }) : error;
  }
}
