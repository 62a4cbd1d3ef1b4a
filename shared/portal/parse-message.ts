import type * as z from 'zod';
import { hashOfContent, hashOfFields, sha256 } from './content-hash.ts';
import { foldId, portalIdOf } from './id.ts';
import { canonicalJson, isObject, type JsonValue, omitUndefined, parseJson } from './json.ts';
import { type MessageContent, receivedIdSchema, strictSchema, tolerantSchema } from './message-schema.ts';
import { findValues, problemOfSize } from './outline.ts';

export interface ReadableMessage {
  readable: true;
  /** Folded. */
  messageId: string;
  /** The id as the portal sent it, if it differs. */
  portalId?: string;
  /** As received; not always RFC 3339. */
  timestamp?: string;
  content: MessageContent;
  raw: string;
  contentHash: string;
}

export interface UnreadableMessage {
  readable: false;
  /** Folded; present only if the id itself is valid. */
  messageId?: string;
  portalId?: string;
  messageType?: string;
  /** Names the field and the rule that it breaks. */
  problem: string;
  raw: string;
  contentHash: string;
}

/**
 * A parsed element of the portal's list. `raw` is its JSON text as received. `contentHash` stays the same when the message is
 * listed again, even reworded, and differs for other content under the same id.
 */
export type ListedMessage = ReadableMessage | UnreadableMessage;

export interface ReadOptions {
  /** Accept only what the interface description allows: UUIDs, int32, RFC 3339, no extra fields. */
  strict?: boolean | undefined;
}

/** Reads one message. Never throws, whatever the text. */
export function parseMessage(raw: string, { strict = false }: ReadOptions = {}): ListedMessage {
  try {
    return readValue(openData(parseBounded(raw, 'message')), raw, strict);
  } catch (error) {
    // JSON.parse throws a SyntaxError, and a RangeError for a string that is too long.
    const problem = error instanceof BoundError ? error.message : 'message: must be JSON';
    return unparsed(raw, problem, sha256(raw));
  }
}

/**
 * A message that was not parsed, with its id if the text contains one.
 *
 * @param raw its text or the beginning of its text
 */
export function unparsed(raw: string, problem: string, contentHash: string): UnreadableMessage {
  const found = findValues(raw, ['messageId', 'messageType']);
  const idIn = (name: string) => {
    try {
      return receivedIdSchema.safeParse(parseJson(found.get(name) ?? '')).data;
    } catch {
      return undefined; // Missing, or no JSON.
    }
  };
  const [messageId, messageType] = [idIn('messageId'), idIn('messageType')];
  const ids = messageId === undefined ? {} : idsOf(messageId);
  return { readable: false, ...ids, ...omitUndefined({ messageType }), problem, raw, contentHash };
}

/** Parsing the text would take too much memory. */
class BoundError extends Error {}

function parseBounded(text: string, field: string): JsonValue {
  const problem = problemOfSize(text);
  if (problem !== undefined) throw new BoundError(`${field}: ${problem}`);
  return parseJson(text);
}

function readValue(value: JsonValue, raw: string, strict: boolean): ListedMessage {
  const tolerantly = tolerantSchema.safeParse(value);
  // Always from the tolerant schema, because the setting may change while a message is listed.
  const contentHash = tolerantly.data ? hashOfMessage(tolerantly.data) : hashOfUnreadable(value);
  const { data: message, error } = strict ? strictSchema.safeParse(value) : tolerantly;
  if (message) {
    const { messageId, timestamp } = message;
    return {
      readable: true,
      ...idsOf(messageId),
      ...omitUndefined({ timestamp }),
      content: contentOf(message),
      raw,
      contentHash,
    };
  }
  const fields = isObject(value) ? value : {};
  const messageId = receivedIdSchema.safeParse(fields.messageId).data;
  const messageType = receivedIdSchema.safeParse(fields.messageType).data;
  const problem = describeIssue(error.issues[0]);
  const ids = messageId === undefined ? {} : idsOf(messageId);
  return { readable: false, ...ids, ...omitUndefined({ messageType }), problem, raw, contentHash };
}

type TolerantMessage = z.infer<typeof tolerantSchema>;

const hashOfMessage = (message: TolerantMessage) => hashOfContent(contentOf(message), message.timestamp);

function hashOfUnreadable(value: JsonValue): string {
  const identified = isObject(value) && receivedIdSchema.safeParse(value.messageId).success;
  return identified ? hashOfFields(value) : sha256(canonicalJson(value));
}

const idsOf = (messageId: string) => ({ messageId: foldId(messageId), ...portalIdOf(messageId) });

function contentOf(message: TolerantMessage): MessageContent {
  switch (message.messageType) {
    case 'CreateProject':
    case 'DeleteProject':
      return { type: message.messageType, data: { projectNo: foldId(message.data.projectNo) } };
    case 'CreateProjectAccess': {
      const { projectNo, accessIdentifier: id } = message.data;
      const data = { projectNo: foldId(projectNo), accessIdentifier: foldId(id), ...portalIdOf(id) };
      return { type: message.messageType, data };
    }
    case 'DeleteProjectAccess':
    case 'DisableProjectAccess':
    case 'EnableProjectAccess':
    case 'ResetPassword':
      return { type: message.messageType, data: { accessIdentifier: foldId(message.data.accessIdentifier) } };
    case 'DeleteDataFile':
    case 'ReturnDataFile':
      return { type: message.messageType, data: { fileId: foldId(message.data.fileId) } };
    case 'DataDeliveryReady': {
      const { dataDeliveryId: id, projectNo, files } = message.data;
      const dataDeliveryId = id === undefined ? undefined : foldId(id);
      return {
        type: message.messageType,
        data: { ...omitUndefined({ dataDeliveryId }), projectNo: foldId(projectNo), files },
      };
    }
  }
}

/** Parses `data`, which is an object, the JSON text of an object, or the JSON text of such a text. */
function openData(message: JsonValue): JsonValue {
  if (!isObject(message) || typeof message.data !== 'string') return message;
  try {
    const once = parseBounded(message.data, 'data');
    return { ...message, data: typeof once === 'string' ? parseBounded(once, 'data') : once };
  } catch (error) {
    if (error instanceof BoundError) throw error;
    return message; // Still a string, which the schema refuses with its rule.
  }
}

/** `data.files[3].fileId: must be …`. Names the field and the rule, never the value. */
function describeIssue(issue: z.core.$ZodIssue | undefined): string {
  const path = issue?.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return `${path?.replace(/^\./, '') || 'message'}: ${issue?.message}`;
}
