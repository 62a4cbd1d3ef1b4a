import { PermanentError, TransientError } from '../platform/errors.ts';
import type { ManagementCall } from '../platform/management-api.ts';

/** API Gateway's end of the connections. */
export interface Sockets {
  /**
   * Sends a text to a client.
   *
   * @returns whether the connection exists
   * @throws when API Gateway does not take the text, or not in time
   */
  post(connectionId: string, text: string): Promise<boolean>;
  /** Closes a connection; nothing happens when there is none. */
  close(connectionId: string): Promise<void>;
}

/** The connections, by calls of API Gateway's management API. */
export const managementSockets = (call: ManagementCall): Sockets => ({
  post: async (connectionId, text) => exists(await call('POST', connectionId, text)),
  async close(connectionId) {
    exists(await call('DELETE', connectionId));
  },
});

/** @returns whether there is a connection, by the status of an answer. @throws when API Gateway refuses the call */
function exists(status: number): boolean {
  if (status === 410) return false;
  if (status === 429)
    throw new TransientError('API Gateway: the client reads too slowly, or there are too many messages');
  if (status < 200 || status > 299) throw new PermanentError(`API Gateway: status ${status}`);
  return true;
}
