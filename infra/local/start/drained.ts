import { setTimeout as delay } from 'node:timers/promises';
import type { Portal } from '../../../shared/portal/client.ts';
import { PortalError } from '../../../shared/portal/errors.ts';
import type { Gateway } from '../runner.ts';
import type { Tables } from './tables.ts';

const interval = 250;

/** Whether nothing is in work, and no message is left that the portal does not know as marked. */
export async function isIdle(gateway: Pick<Gateway, 'activity'>, tables: Tables): Promise<boolean> {
  const { messages, invocations, executions } = await gateway.activity();
  return messages + invocations + executions === 0 && (await tables.isEmpty('lines'));
}

/**
 * Resolves when the portal lists nothing and nothing is in work. The portal is asked beyond the polls only when the latest
 * poll saw nothing either: a minute between polls is what is agreed with DST.
 *
 * @param listed how many messages the latest poll saw; nothing before the first, and after each look
 */
export async function untilDrained(
  gateway: Pick<Gateway, 'activity'>,
  tables: Tables,
  portal: Pick<Portal, 'listMessages'>,
  listed: { latest: number | undefined },
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await delay(interval, undefined, { signal });
    if (listed.latest !== 0 || !(await isIdle(gateway, tables))) continue;
    listed.latest = undefined;
    if (await listsNothing(portal, signal)) return;
  }
}

async function listsNothing(portal: Pick<Portal, 'listMessages'>, signal: AbortSignal): Promise<boolean> {
  try {
    for await (const _ of portal.listMessages(signal)) return false;
    return true;
  } catch (error) {
    if (error instanceof PortalError) return false; // Its next poll says why.
    throw error;
  }
}
