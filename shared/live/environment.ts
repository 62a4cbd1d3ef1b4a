import { createDatabase } from '../platform/clients.ts';
import { configuration } from '../platform/configuration.ts';
import { createLog } from '../platform/logger.ts';
import { createManagementCall } from '../platform/management-api.ts';
import { liveTablesFromEnvironment, tablesFromEnvironment } from '../platform/tables.ts';
import { systemClock } from '../platform/time.ts';
import type { LiveContext } from './context.ts';
import { managementSockets } from './sockets.ts';

/**
 * Reads the context of the functions behind the WebSocket API from the environment.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function liveFromEnvironment(): LiveContext {
  const env = configuration(['LIVE_CALLBACK_URL']);
  const db = createDatabase();
  return {
    db,
    clock: systemClock,
    log: createLog(),
    tables: { ...tablesFromEnvironment(), ...liveTablesFromEnvironment() },
    sockets: managementSockets(createManagementCall(env.LIVE_CALLBACK_URL, db.config, systemClock)),
  };
}
