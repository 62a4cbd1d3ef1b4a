import type { PendingRow } from '../../history/publish.ts';
import type { LiveContext } from '../context.ts';
import { preparePush } from '../events/push-unpublished.ts';
import { areLogsInUse } from './lease.ts';

/**
 * Rows that clients are owed, in the order of their pushes, although no watch has pushed them: none while no log is in use,
 * undefined when none may be pushed now.
 */
export const rowsToPush = async (
  context: LiveContext,
  rows: readonly PendingRow[],
): Promise<readonly PendingRow[] | undefined> => ((await areLogsInUse(context)) ? preparePush(context, rows) : []);
