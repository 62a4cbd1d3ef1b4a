import { setTimeout as delay } from 'node:timers/promises';
import type { Portal } from '../../../shared/portal/client.ts';
import { PortalError } from '../../../shared/portal/errors.ts';
import type { LocalGateway } from '../runner.ts';
import type { OpenedTables } from './tables.ts';
import { waitsForPerson } from './waits.ts';

const interval = 250;

/** Whether no work is in progress and every message is marked. */
export async function isIdle(
  gateway: Pick<LocalGateway, 'activity'>,
  tables: Pick<OpenedTables, 'isEmpty'>,
): Promise<boolean> {
  return (await isAtRest(gateway)) && (await tables.isEmpty('lines'));
}

async function isAtRest(gateway: Pick<LocalGateway, 'activity'>): Promise<boolean> {
  const { messages, invocations, executions } = await gateway.activity();
  return messages + invocations + executions === 0;
}

/** Time without a decision about held work after which the run ends, in milliseconds. */
export const longestWait = 60_000;

interface Draining {
  gateway: Pick<LocalGateway, 'activity'>;
  tables: Pick<OpenedTables, 'rows' | 'isEmpty'>;
  portal: Pick<Portal, 'listMessages'>;
  /** Number of messages in the list of the latest poll; undefined before the first poll and after each check here. */
  listed: { latest: number | undefined };
  signal: AbortSignal;
  /** Called each time when only work that needs a person is left. */
  onHeld: () => void;
  longestWait?: number;
}

/**
 * Resolves with `drained` when the portal lists nothing and no work is in progress, or with `held` when everything left has
 * waited for a person for a while. The list is requested in addition to the polls only if the latest poll found it empty: DST
 * expects a minute between polls.
 */
export async function untilDrained({
  gateway,
  tables,
  portal,
  listed,
  signal,
  ...held
}: Draining): Promise<'drained' | 'held'> {
  const { onHeld, longestWait: wait = longestWait } = held;
  let heldSince: number | undefined;
  for (;;) {
    await delay(interval, undefined, { signal });
    if (!(await isAtRest(gateway))) continue;
    if (await waitsForPerson(tables)) {
      if (heldSince === undefined) onHeld();
      heldSince ??= performance.now();
      if (performance.now() - heldSince >= wait) return 'held';
      continue;
    }
    heldSince = undefined;
    if (listed.latest !== 0 || !(await isIdle(gateway, tables))) continue;
    listed.latest = undefined;
    if (await listsNothing(portal, signal)) return 'drained';
  }
}

async function listsNothing(portal: Pick<Portal, 'listMessages'>, signal: AbortSignal): Promise<boolean> {
  try {
    for await (const _ of portal.listMessages(signal)) return false;
    return true;
  } catch (error) {
    if (error instanceof PortalError) return false; // The next poll reports the reason.
    throw error;
  }
}
