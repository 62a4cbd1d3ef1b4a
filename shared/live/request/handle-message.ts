import { getItem } from '../../platform/dynamodb.ts';
import { describeError, InvalidInputError } from '../../platform/errors.ts';
import { type ChannelEntry, openLog, readBetween } from '../channel/log.ts';
import { replay } from '../channel/push.ts';
import { type Subscription, subscribe } from '../channel/subscriptions.ts';
import { closeConnection, closings, forgetConnection } from '../close.ts';
import { Connection, type ConnectionRow } from '../connection.ts';
import type { LiveContext } from '../context.ts';
import { logOf } from '../events/audience.ts';
import { currentRights } from '../events/rights.ts';
import { maxMalformed } from '../limits.ts';
import type { Manager } from '../manager.ts';
import { announce } from '../presence.ts';
import { errorAnswer, refusal, resultAnswer, unknownAction } from '../protocol/answer.ts';
import { type Message, parseMessage } from '../protocol/message.ts';
import { authenticateConnection, parseAuth } from './auth.ts';
import { builtIn, isBuiltIn, type OpenConnection } from './built-in.ts';
import type { Outcome } from './outcome.ts';
import { orderedId } from './turn.ts';

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
    if (outcome.close !== undefined) {
      await closeConnection(context, closed, outcome.close === 'quietly' ? undefined : outcome.close);
    } else if (await follow(manager, after, outcome)) {
      return { ...outcome.changes, subscribed: true };
    } else {
      await closeConnection(context, closed, closings.revoked);
    }
  } catch (error) {
    // The next answer would be taken for the one that is missing.
    context.log.error('connection failed', { connectionId: row.connectionId, error: describeError(error) });
    await closeConnection(context, closed, closings.fault);
  }
  return undefined;
}

/**
 * Lets an authenticated client have its pushes: after the answer, which is the first message that it expects.
 *
 * @returns false when its token has ended meanwhile
 */
async function follow({ context }: Manager, row: ConnectionRow, { changes, missed }: Outcome): Promise<boolean> {
  // A function that broke off after the answer has left the connection without a subscription.
  if (row.subscribed && !changes?.identity && !missed) return true;
  const subscription = await subscribe(context, row);
  // Pushes from before the subscription went to others alone.
  const pushes = missed ? await pushesSince(context, subscription, missed) : [];
  // Whoever ended the token saw the subscription and closes the connection, or is seen here.
  const audiences = await audiencesNow(
    context,
    subscription,
    pushes.flatMap((entry) => entry.audiences ?? []),
  );
  if (!audiences) return false;
  if (!row.subscribed) await announce(context, subscription, 'join');
  await replay(context, subscription, pushes, audiences);
  return true;
}

/** The audiences that a subscriber belongs to, as far as they matter; undefined when its token has ended. */
async function audiencesNow(
  context: LiveContext,
  { channel, account }: Subscription,
  among: readonly string[],
): Promise<readonly string[] | undefined> {
  // Other services know no rights but the token.
  if (!account) return [];
  const [current, session] = await Promise.all([
    currentRights(context, account.name, among),
    getItem(context.db, context.tables.sessions, { sessionId: account.sessionId }),
  ]);
  if (!session || current?.account.generation !== account.generation) return undefined;
  // A service may have channels of its own, which events do not come to.
  return logOf(current.account) === channel ? current.audiences : [];
}

/** Reads the pushes that a client missed, and those until now. */
async function pushesSince(
  context: LiveContext,
  { channel }: Subscription,
  { place, missed }: NonNullable<Outcome['missed']>,
): Promise<ChannelEntry[]> {
  const { offset } = await openLog(context, channel);
  return [...missed, ...(await readBetween(context, channel, place.offset, offset))];
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
  const outcome = isUsed(row, text) ? used(message) : await outcomeOf(manager, row, message, text);
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

/**
 * Whether a request comes when its turn is over: one that was late, and whose client has given it up, or that was sent twice. It
 * would take effect after those that follow it.
 */
function isUsed({ features = [], nextId = 1 }: ConnectionRow, text: string): boolean {
  const id = features.includes('order') ? orderedId(text) : undefined;
  return id !== undefined && id < nextId;
}

const used = ({ action, id }: Message): Outcome => ({ answer: refusal(action, `The id ${id} has been used`) });

const isId = (id: unknown): id is string | number => typeof id === 'string' || typeof id === 'number';
