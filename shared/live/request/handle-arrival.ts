import { type Closing, closeConnection, closings, forgetConnection } from '../close.ts';
import type { ConnectionRow } from '../connection.ts';
import type { LiveContext } from '../context.ts';
import type { Continuation } from '../socket-event.ts';
import {
  type Arrival,
  beginHolding,
  continueTurn,
  endHolding,
  endTurn,
  mayHoldToken,
  nextInTurn,
  orderedId,
  readConnection,
  recordArrival,
  type Turn,
  takeTurn,
  takeWaiting,
  type WaitingRow,
  waitingMessages,
} from './turn.ts';

/** An invocation that handles messages. */
export interface Handling {
  /** End of the invocation, in milliseconds since 1970. */
  deadline: number;
  /** Handles a message when its turn has come. @returns how it changes the connection; undefined when it ends it */
  handle(connection: ConnectionRow, text: string): Promise<Partial<ConnectionRow> | undefined>;
  /** Has another invocation handle the messages that wait, because the time of this one is over. */
  goOn(event: Continuation): Promise<void>;
}

/** Milliseconds before the end of an invocation after which it starts no further message. */
const margin = 5_000;

/** Milliseconds between two attempts to take the turn for a message that must not be stored. */
const pause = 200;

/** Handles a message, then one by one the messages of the same connection that arrived meanwhile. */
export async function handleArrival(context: LiveContext, arrival: Arrival, handling: Handling): Promise<void> {
  if (mayHoldToken(arrival.text)) return handleUnstored(context, arrival, handling);
  const { connectionId } = arrival;
  const turn = await takeTurn(context, connectionId, handling.deadline);
  if (turn === 'gone') return context.sockets.close(connectionId);
  if (turn !== 'busy') {
    await handleInTurn(context, turn, arrival, handling);
    return;
  }
  // The other invocation may have ended its turn before the message was recorded.
  if (await leave(context, arrival)) await handleWaiting(context, connectionId, handling);
}

/** Handles the messages of a connection that wait, one by one. */
export async function handleWaiting(context: LiveContext, connectionId: string, handling: Handling): Promise<void> {
  const turn = await takeTurn(context, connectionId, handling.deadline);
  if (turn !== 'busy' && turn !== 'gone') await handleInTurn(context, turn, undefined, handling);
}

/** Handles a message that may hold a token, which is stored nowhere: it waits for its turn in its own invocation. */
async function handleUnstored(context: LiveContext, arrival: Arrival, handling: Handling): Promise<void> {
  if (!(await stillWaits(context, arrival, handling))) return;
  const { connectionId } = arrival;
  if (!(await beginHolding(context, connectionId))) return closeFor(context, connectionId, closings.flood);
  try {
    while (context.clock.now() < handling.deadline - margin) {
      await context.clock.sleep(pause);
      if (!(await stillWaits(context, arrival, handling))) return;
    }
    await closeFor(context, connectionId, closings.fault);
  } finally {
    await endHolding(context, connectionId);
  }
}

/** Handles a message that must not be stored, if its turn has come. @returns whether the message still waits for its turn */
async function stillWaits(context: LiveContext, arrival: Arrival, handling: Handling): Promise<boolean> {
  const { connectionId } = arrival;
  const turn = await takeTurn(context, connectionId, handling.deadline);
  if (turn === 'gone') {
    await context.sockets.close(connectionId);
    return false;
  }
  return turn === 'busy' || handleInTurn(context, turn, arrival, handling);
}

async function closeFor(context: LiveContext, connectionId: string, why: Closing): Promise<void> {
  const row = await readConnection(context, connectionId);
  await closeConnection(context, { connectionId, channel: row?.identity?.channel }, why);
}

/** Lets a message wait for its turn. @returns false when the connection is closed, or is closed for too many messages */
async function leave(context: LiveContext, arrival: Arrival): Promise<boolean> {
  const { connectionId } = arrival;
  const outcome = await recordArrival(context, arrival);
  if (outcome === 'recorded') return true;
  if (outcome === 'gone') {
    await context.sockets.close(connectionId);
    return false;
  }
  await closeFor(context, connectionId, closings.flood);
  return false;
}

/**
 * Handles messages until none is left whose turn it is, and ends the turn.
 *
 * @returns whether the arrival still waits for its turn, because it must not be stored
 */
async function handleInTurn(
  context: LiveContext,
  { connection, hasBrokenOff }: Turn,
  arrival: Arrival | undefined,
  { deadline, handle, goOn }: Handling,
): Promise<boolean> {
  const { connectionId, identity, features } = connection;
  // Whether the next id was carried out is unknown, and to wait for it could be for ever.
  if (hasBrokenOff && features?.includes('order')) {
    await closeConnection(context, { connectionId, channel: identity?.channel }, closings.fault);
    return false;
  }
  let [row, own] = [connection, arrival];
  let changes: Partial<ConnectionRow> = {};
  try {
    for (let mayWait = row.waiting > 0; ; mayWait = true) {
      const waiting = mayWait ? await waitingMessages(context, connectionId) : [];
      let left = waiting.length;
      let isOver = false;
      for (const message of inTurn(() => row, waiting, own)) {
        if ('channel' in message) {
          isOver = context.clock.now() > deadline - margin;
          if (isOver) break;
          left -= 1;
          if (!(await takeWaiting(context, message))) continue;
        } else {
          own = undefined;
        }
        const changed = await handle(row, message.text);
        if (!changed) return false;
        changes = { ...changes, ...changed, ...counted(row, message.text) };
        row = { ...row, ...changes };
      }
      const waits = own !== undefined && mayHoldToken(own.text);
      // Its turn has not come: who brings the messages before it handles it.
      if (own && !waits && !(await leave(context, own))) return false;
      if ((!own || waits) && (await endTurn(context, row, { ...changes, waiting: left }))) {
        if (isOver) await goOn({ connectionId });
        return waits;
      }
      if (!waits) own = undefined;
      const read = await continueTurn(context, row, waiting.length - left);
      if (!read) {
        await forgetIfClosed(context, row);
        return false;
      }
      row = { ...read, ...changes };
    }
  } catch (error) {
    await forgetIfClosed(context, row);
    throw error;
  }
}

/** Whoever has removed a connection that closed meanwhile may have been there before its subscription. */
async function forgetIfClosed(context: LiveContext, { connectionId, identity }: ConnectionRow): Promise<void> {
  if (await readConnection(context, connectionId)) return;
  await forgetConnection(context, { connectionId, channel: identity?.channel });
}

/** Messages in the order of their turns. @param connection as the messages before have changed it */
function* inTurn(
  connection: () => ConnectionRow,
  waiting: readonly WaitingRow[],
  own: Arrival | undefined,
): Generator<Arrival | WaitingRow> {
  const left: (Arrival | WaitingRow)[] = [...waiting, ...(own ? [own] : [])].toSorted(
    (one, other) => one.at - other.at,
  );
  for (let next = nextInTurn(connection(), left); next; next = nextInTurn(connection(), left)) {
    left.splice(left.indexOf(next), 1);
    yield next;
  }
}

/** The id whose turn is next. */
function counted({ features = [], nextId = 1 }: ConnectionRow, text: string): Partial<ConnectionRow> {
  const id = features.includes('order') ? orderedId(text) : undefined;
  return id === undefined ? {} : { nextId: Math.max(id + 1, nextId) };
}
