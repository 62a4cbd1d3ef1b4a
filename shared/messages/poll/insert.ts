import { type Incident, incidentWrites, raiseIncident } from '../../operations/incidents.ts';
import { cut } from '../../platform/cut.ts';
import { batchPut } from '../../platform/dynamodb.ts';
import { describeError, TransientError } from '../../platform/errors.ts';
import { maxActions, transact, type Write } from '../../platform/transaction.ts';
import { omitUndefined } from '../../portal/json.ts';
import { messageTypes } from '../../portal/message-schema.ts';
import type { ListedMessage } from '../../portal/parse-message.ts';
import type { MessageContext } from '../context.ts';
import type { LineEntry, MessageRecord } from '../record.ts';
import { storeText } from '../stored-text.ts';
import { memberOf, projectSubject, subjectOf } from '../subject.ts';
import { whileHolding } from './lease.ts';
import type { Identified } from './reused-ids.ts';

/** A message listed for the first time, ready to be written. */
export interface NewMessage {
  record: MessageRecord;
  entry: LineEntry;
  incident?: Incident;
}

/** Longest text kept of values whose length the portal does not limit: an unknown type, a timestamp. */
const longestText = 200;

/**
 * The rows of a new message. A message that cannot be parsed or whose type is unknown is held, with an incident.
 *
 * @param messageId its key: its own id, or a derived one if that id belongs to another message
 */
export async function newMessage(
  context: MessageContext,
  message: Identified,
  messageId: string,
  { line, position, ...references }: Pick<LineEntry, 'line' | 'position' | 'follows' | 'creates' | 'anew'>,
): Promise<NewMessage> {
  const now = context.clock.now();
  const type = message.readable ? message.content.type : typeOfUnreadable(message);
  const state = message.readable ? 'open' : 'held';
  const { contentHash } = message;
  const reuses = messageId === message.messageId ? undefined : message.messageId;
  const portalId = message.portalId ?? reuses;
  const timestamp = message.readable ? message.timestamp : undefined;
  return {
    record: {
      messageId,
      ...omitUndefined({ portalId, reuses }),
      type,
      ...(timestamp === undefined ? {} : { timestamp: cut(timestamp, longestText) }),
      ...(await storeText(context, message.raw, messageId)),
      contentHash,
      line,
      position,
      state,
      version: 1,
      attempts: 0,
      dueAt: now,
      receivedAt: now,
    },
    entry: {
      line,
      position,
      ...references,
      messageId,
      type,
      ...(message.readable ? { subject: subjectOf(message.content) } : {}),
      state,
      contentHash,
      ...omitUndefined({ reuses }),
    },
    ...(message.readable ? {} : { incident: incidentOf(message, messageId) }),
  };
}

type Unreadable = Extract<ListedMessage, { readable: false }>;

const typeOfUnreadable = ({ messageType = '?' }: Unreadable) => cut(messageType, longestText);

function incidentOf(message: Unreadable, messageId: string): Incident {
  const known = messageTypes.some((type) => type === message.messageType);
  const subject = messageId;
  if (known || message.messageType === undefined) {
    return { kind: 'unreadable-message', subject, messageId, expected: 'a readable message', found: message.problem };
  }
  return { kind: 'unknown-message-type', subject, messageId, expected: 'a known type', found: message.problem };
}

/** Most bytes of text in one transaction, well below DynamoDB's limit of 4 MB. */
const maxBytes = 2_000_000;

/**
 * Writes new messages in the given order, many in a transaction. A message that DynamoDB refuses does not prevent the others.
 *
 * @param poll number of the poll, whose lease each transaction checks
 * @throws TransientError if a later poll has taken the lease
 */
export async function insertMessages(
  context: MessageContext,
  poll: number,
  messages: readonly NewMessage[],
): Promise<void> {
  for (const group of groupsOf(context, messages)) {
    try {
      await insertGroup(context, poll, group);
    } catch (error) {
      if (!isValidationError(error)) throw error;
      for (const message of group) await insertAlone(context, poll, message);
    }
  }
}

/** Leaves out a message that DynamoDB refuses, with an incident. The next poll tries again. */
async function insertAlone(context: MessageContext, poll: number, message: NewMessage): Promise<void> {
  try {
    await insertGroup(context, poll, [message]);
  } catch (error) {
    if (!isValidationError(error)) throw error;
    const { messageId } = message.record;
    const expected = 'a message that the tables can hold';
    const incident = { subject: messageId, messageId, expected, found: describeError(error) };
    await raiseIncident(context, { kind: 'unreadable-message', ...incident });
  }
}

async function insertGroup(context: MessageContext, poll: number, group: readonly NewMessage[]): Promise<void> {
  // First, so that a deletion of the project finds each message. One that is not inserted after all leaves a second member.
  await batchPut(context.db, context.clock, context.tables.members, group.flatMap(memberOfProject));
  const writes = [whileHolding(context, poll), ...group.flatMap((message) => writesOf(context, message))];
  if ((await transact(context.db, context.clock, writes)) === 'refused') {
    throw new TransientError('Another poll took over');
  }
  for (const { record, incident } of group) {
    const { messageId, type: messageType, line } = record;
    context.log.info('received', { messageId, messageType, line });
    if (incident) context.log.warn('incident', { ...incident, messageType, held: true });
  }
}

function writesOf(context: MessageContext, { record, entry, incident }: NewMessage): Write[] {
  const { tables } = context;
  const writes: Write[] = [
    { Put: { TableName: tables.messages, Item: record, ConditionExpression: 'attribute_not_exists(messageId)' } },
    { Put: { TableName: tables.lines, Item: entry, ConditionExpression: 'attribute_not_exists(line)' } },
  ];
  if (incident) writes.push(...incidentWrites(context, incident, { at: record.receivedAt }));
  return writes;
}

/** Names a message of a project as its member. */
function memberOfProject({ record: { line, position, messageId } }: NewMessage) {
  const prefix = projectSubject('');
  if (!line.startsWith(prefix)) return [];
  return [{ projectNo: line.slice(prefix.length), member: memberOf(position), messageId }];
}

function* groupsOf(context: MessageContext, messages: readonly NewMessage[]): Generator<NewMessage[]> {
  let group: NewMessage[] = [];
  let actions = 1;
  let bytes = 0;
  for (const message of messages) {
    const more = writesOf(context, message).length;
    const size = Buffer.byteLength(message.record.raw ?? '');
    if (group.length > 0 && (actions + more > maxActions || bytes + size > maxBytes)) {
      yield group;
      group = [];
      actions = 1;
      bytes = 0;
    }
    group.push(message);
    actions += more;
    bytes += size;
  }
  if (group.length > 0) yield group;
}

const isValidationError = (error: unknown) =>
  error instanceof Error && (error.name === 'ValidationException' || error.message.includes('ValidationError'));
