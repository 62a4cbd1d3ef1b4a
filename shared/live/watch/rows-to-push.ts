import type { PendingRow } from '../../history/publish.ts';
import type { LiveContext } from '../context.ts';
import { preparePush } from '../events/publish.ts';
import { areLogsInUse } from './lease.ts';

/** Rows that no watch has pushed to clients yet, in the order of their pushes; none while no log is in use. */
export const rowsToPush = async (context: LiveContext, rows: readonly PendingRow[]): Promise<readonly PendingRow[]> =>
  (await areLogsInUse(context)) ? preparePush(context, rows) : [];
