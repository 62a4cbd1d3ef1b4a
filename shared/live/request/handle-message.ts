import { describeError, InvalidInputError } from '../../platform/errors.ts';
import { openLog, readBetween } from '../channel/log.ts';
import { replay } from '../channel/push.ts';
import { subscribe } from '../channel/subscriptions.ts';
import { closeConnection, closings, forgetConnection } from '../close.ts';
import { Connection, type ConnectionRow } from '../connection.ts';
import type { Manager } from '../manager.ts';
import { announce } from '../presence.ts';
import { errorAnswer, refusal, resultAnswer, unknownAction } from '../protocol/answer.ts';
import { type Message, parseMessage } from '../protocol/message.ts';
import { authenticateConnection, parseAuth } from './auth.ts';
import { builtIn, isBuiltIn, type OpenConnection } from './built-in.ts';
import type { Outcome } from './outcome.ts';

/** Bad messages in a row after which a connection is closed. */
const maxMalformed = 5;

/**
 * Handles a message of a client, and answers it.
 *
 * @returns how the connection changes; undefined when it is closed
 */
export async function handleMessage(
  manager: Manager,
  row: ConnectionRow,
  text: string,
): Promise<Partial<ConnectionRow> | undefined> {
  const { context } = manager;
  const outcome = isOpen(row) ? await handleRequest(manager, row, text) : await handleFirst(manager, row, text);
  const after = { ...row, ...outcome.changes };
  const closed = { connectionId: row.connectionId, channel: after.identity?.channel };
  try {
    if (!(await context.sockets.post(row.connectionId, JSON.stringify(outcome.answer)))) {
      await forgetConnection(context, closed);
      return undefined;
    }
    if (outcome.close === undefined) {
      await follow(manager, after, outcome, !isOpen(row));
      return outcome.changes ?? {};
    }
    await closeConnection(context, closed, outcome.close === 'quietly' ? undefined : outcome.close);
  } catch (error) {
    // The next answer would be taken for the one that is missing.
    context.log.error('connection failed', { connectionId: row.connectionId, error: describeError(error) });
    await closeConnection(context, closed, closings.fault);
  }
  return undefined;
}

/** Lets an authenticated client have its pushes: after the answer, which is the first message that it expects. */
async function follow(
  manager: Manager,
  row: ConnectionRow,
  { changes, missed }: Outcome,
  isFirst: boolean,
): Promise<void> {
  if (!changes?.identity && !missed) return;
  const subscription = await subscribe(manager.context, row);
  if (isFirst) await announce(manager.context, subscription, 'join');
  // What was appended before the subscription was pushed to others alone.
  if (missed) await catchUp(manager, subscription, missed);
}

/** Sends what a client missed, and what came until now. */
async function catchUp(
  { context }: Manager,
  subscription: Awaited<ReturnType<typeof subscribe>>,
  { place, missed }: NonNullable<Outcome['missed']>,
): Promise<void> {
  const { channel } = subscription;
  const { offset } = await openLog(context, channel);
  const since = await readBetween(context, channel, place.offset, offset);
  await replay(context, subscription, [...missed, ...since], subscription.audiences ?? []);
}

/** A connection's first message authenticates it. */
async function handleFirst(manager: Manager, row: ConnectionRow, text: string): Promise<Outcome> {
  try {
    const request = parseAuth(parseMessage(text));
    if (!request) throw new InvalidInputError('the first message must be of the action auth, with a token');
    return await authenticateConnection(manager, row, request);
  } catch (error) {
    return { answer: errorAnswer(undefined, error), close: 'quietly' };
  }
}

async function handleRequest(manager: Manager, row: OpenConnection, text: string): Promise<Outcome> {
  const { context } = manager;
  if (row.identity.validUntil <= context.clock.now()) {
    return { answer: refusal('auth', 'Expired'), close: closings.expired };
  }
  let message: Message;
  try {
    message = parseMessage(text);
    if (!('action' in message)) throw new InvalidInputError('the message must have an action');
  } catch (error) {
    const malformed = (row.malformed ?? 0) + 1;
    const answer = errorAnswer(undefined, error);
    return malformed < maxMalformed ? { answer, changes: { malformed } } : { answer, close: closings.abuse };
  }
  const outcome = await outcomeOf(manager, row, message, text);
  const reset = row.malformed ? { malformed: 0 } : {};
  const id = row.features?.includes('id') && isId(message.id) ? { id: message.id } : {};
  return { ...outcome, changes: { ...outcome.changes, ...reset }, answer: { ...outcome.answer, ...id } };
}

async function outcomeOf(manager: Manager, row: OpenConnection, message: Message, text: string): Promise<Outcome> {
  const { action } = message;
  const { log } = manager.context;
  try {
    if (isBuiltIn(action)) return await builtIn[action](manager, row, message);
    const registration = typeof action === 'string' ? manager.registrations.get(action) : undefined;
    if (!registration) return { answer: unknownAction(action) };
    const violation = registration.violation(message, text);
    if (violation !== undefined) return { answer: refusal(action, violation) };
    const connection = new Connection(row.connectionId, row.identity, row.session);
    return { answer: resultAnswer(action, await registration.handler(message, connection)) };
  } catch (error) {
    log.error('request failed', { connectionId: row.connectionId, error: describeError(error) });
    return { answer: errorAnswer(action, error) };
  }
}

const isOpen = (row: ConnectionRow): row is OpenConnection => row.state === 'open' && row.identity !== undefined;

const isId = (id: unknown): id is string | number => typeof id === 'string' || typeof id === 'number';
