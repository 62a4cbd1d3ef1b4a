import { forEachConcurrently } from '../../platform/concurrency.ts';
import { scan, updateExpression } from '../../platform/dynamodb.ts';
import { describeError } from '../../platform/errors.ts';
import { updateItem } from '../../platform/transaction.ts';
import { type Closing, closeConnection } from '../close.ts';
import type { ConnectionRow } from '../connection.ts';
import type { LiveContext } from '../context.ts';
import { maxLife } from '../limits.ts';
import { readConnection } from '../request/turn.ts';
import { excessOf } from './excess.ts';
import { dueFor } from './overdue.ts';

const concurrency = 20;

/**
 * Closes connections that are overdue or beyond the limits, and announces the end of old ones.
 *
 * @param timeout seconds for the first message, and between two messages
 * @returns all connections, as they were
 */
export async function checkConnections(context: LiveContext, timeout: number): Promise<ConnectionRow[]> {
  const { db, clock, tables, log } = context;
  const rows = await Array.fromAsync(scan<ConnectionRow>(db, tables.connections));
  const excess = excessOf(rows);
  const tooMany = new Set(excess.map(({ connection }) => connection));
  if (tooMany.size > 0) log.warn('too many connections', { closed: tooMany.size, of: rows.length });
  const due = rows.filter((row) => !tooMany.has(row) && dueFor(row, clock.now(), timeout));
  const work = [
    ...excess.map(({ connection, why }) => ({ connection, act: () => closeExcess(context, connection, why) })),
    ...due.map((connection) => ({ connection, act: () => doDue(context, connection.connectionId, timeout) })),
  ];
  await forEachConcurrently(work, concurrency, async ({ connection: { connectionId }, act }) => {
    try {
      await act();
    } catch (error) {
      // The next check tries it again.
      log.warn('connection not checked', { connectionId, error: describeError(error) });
    }
  });
  return rows;
}

async function closeExcess(
  context: LiveContext,
  { connectionId, state }: ConnectionRow,
  why: Closing | undefined,
): Promise<void> {
  // Read again: it may have authenticated. Closed without its channel, it would stay subscribed.
  const row = await readConnection(context, connectionId);
  if (row?.state === state) await close(context, row, why);
}

async function doDue(context: LiveContext, connectionId: string, timeout: number): Promise<void> {
  // Read again: a message may have come.
  const row = await readConnection(context, connectionId);
  const due = row && dueFor(row, context.clock.now(), timeout);
  if (!due) return;
  if (due.action === 'reconnect') return announceReconnect(context, row);
  await close(context, row, due.why);
}

const close = (context: LiveContext, { connectionId, identity }: ConnectionRow, why: Closing | undefined) =>
  closeConnection(context, { connectionId, channel: identity?.channel }, why);

/** Tells a client to reconnect before API Gateway ends the connection, which stays open meanwhile. */
async function announceReconnect(context: LiveContext, { connectionId, connectedAt }: ConnectionRow): Promise<void> {
  const { db, clock, tables, sockets } = context;
  const now = clock.now();
  const within = Math.max(0, Math.floor((connectedAt + maxLife - now) / 1_000));
  await sockets.post(connectionId, JSON.stringify({ action: 'reconnect', push: true, code: 1001, within }));
  await updateItem(db, {
    TableName: tables.connections,
    Key: { connectionId },
    ConditionExpression: 'attribute_exists(connectionId)',
    ...updateExpression({ reconnectAt: now }),
  });
}
