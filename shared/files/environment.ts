import type { Bridge } from '../messages/bridge.ts';
import { createSfn } from '../platform/clients.ts';
import { configuration } from '../platform/configuration.ts';
import type { Transfers } from './start.ts';

/** What starting transfers needs, by the function's environment. @throws ConfigurationError naming what is missing or wrong */
export function transfersFromEnvironment(bridge: Bridge): Transfers {
  const env = configuration(['FILES_TABLE', 'TRANSFER_STATE_MACHINE_ARN', 'TRANSFER_SLOTS']);
  return {
    bridge,
    tables: { files: env.FILES_TABLE },
    sfn: createSfn(),
    stateMachineArn: env.TRANSFER_STATE_MACHINE_ARN,
    slots: env.TRANSFER_SLOTS,
  };
}
