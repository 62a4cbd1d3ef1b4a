import { describeError, InvalidInputError } from '../../platform/errors.ts';
import { closings } from '../close.ts';
import { Connection, type ConnectionRow } from '../connection.ts';
import { maxMalformed } from '../limits.ts';
import type { Manager } from '../manager.ts';
import { errorAnswer, refusal, resultAnswer, unknownAction } from '../protocol/answer.ts';
import { type Message, parseMessage } from '../protocol/message.ts';
import { builtIn, isBuiltIn, type OpenConnection } from './built-in.ts';
import { authenticateConnection, parseAuth } from './first-message.ts';
import type { Outcome } from './outcome.ts';
import { sendAnswer } from './send-answer.ts';
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
  const outcome = isOpen(row) ? await handleRequest(manager, row, text) : await handleFirst(manager, row, text);
  return sendAnswer(manager, row, outcome);
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
