import { createHash } from 'node:crypto';
import type * as z from 'zod';
import { canonicalJson, isObject, type JsonValue, parseJson, present } from './json.ts';
import { type DeliveredFile, type messageTypes, receivedIdSchema, strictSchema, tolerantSchema } from './schemas.ts';

export { type DeliveredFile, messageTypes, parseMd5 } from './schemas.ts';
export type MessageType = (typeof messageTypes)[number];

export type MessageContent =
  | { type: 'CreateProject' | 'DeleteProject'; data: { projectNo: string } }
  | { type: 'CreateProjectAccess'; data: { projectNo: string; accessIdentifier: string } }
  | {
      type: 'DeleteProjectAccess' | 'DisableProjectAccess' | 'EnableProjectAccess' | 'ResetPassword';
      data: { accessIdentifier: string };
    }
  | { type: 'DataDeliveryReady'; data: { dataDeliveryId?: string; projectNo: string; files: DeliveredFile[] } }
  | { type: 'DeleteDataFile' | 'ReturnDataFile'; data: { fileId: string } };

export interface ReadableMessage {
  readable: true;
  messageId: string;
  /** As received: it need not be RFC 3339. */
  timestamp?: string;
  content: MessageContent;
  raw: string;
  contentHash: string;
}

export interface UnreadableMessage {
  readable: false;
  /** Present only when it is itself a valid id. */
  messageId?: string;
  messageType?: string;
  /** Names the field and the rule that it breaks. */
  problem: string;
  raw: string;
  contentHash: string;
}

/**
 * One element of the portal's list, read. `raw` is its JSON text as received. `contentHash` is the same whenever the same
 * message is listed again, however its keys are ordered, and another for other content under the same id.
 */
export type ListedMessage = ReadableMessage | UnreadableMessage;

export interface ReadOptions {
  /** Take nothing but what the interface description allows: UUIDs, int32, RFC 3339, no extra fields. */
  strict?: boolean | undefined;
}

/** Reads one message. Never throws, whatever the text. */
export function readMessage(raw: string, { strict = false }: ReadOptions = {}): ListedMessage {
  try {
    return readValue(openData(parseJson(raw)), raw, strict ? strictSchema : tolerantSchema);
  } catch (error) {
    // Deep nesting exhausts the stack, in the parser or in what walks the value.
    const rule = error instanceof RangeError ? 'must not be nested that deep' : 'must be JSON';
    return { readable: false, problem: `message: ${rule}`, raw, contentHash: sha256(raw) };
  }
}

function readValue(value: JsonValue, raw: string, schema: typeof tolerantSchema): ListedMessage {
  const fields = isObject(value) ? value : {};
  const messageId = receivedIdSchema.safeParse(fields.messageId).data;
  const contentHash = sha256(canonicalJson(messageId === undefined ? value : identifyingFields(fields)));
  const { data: message, error } = schema.safeParse(value);
  if (message) {
    const timestamp = present({ timestamp: message.timestamp });
    return {
      readable: true,
      messageId: message.messageId,
      ...timestamp,
      content: contentOf(message),
      raw,
      contentHash,
    };
  }
  const messageType = receivedIdSchema.safeParse(fields.messageType).data;
  const problem = describeIssue(error.issues[0]);
  return { readable: false, ...present({ messageId, messageType }), problem, raw, contentHash };
}

function contentOf(message: z.infer<typeof tolerantSchema>): MessageContent {
  switch (message.messageType) {
    case 'CreateProject':
    case 'DeleteProject':
      return { type: message.messageType, data: message.data };
    case 'CreateProjectAccess':
      return { type: message.messageType, data: message.data };
    case 'DeleteProjectAccess':
    case 'DisableProjectAccess':
    case 'EnableProjectAccess':
    case 'ResetPassword':
      return { type: message.messageType, data: message.data };
    case 'DeleteDataFile':
    case 'ReturnDataFile':
      return { type: message.messageType, data: message.data };
    case 'DataDeliveryReady': {
      const { dataDeliveryId, projectNo, files } = message.data;
      return { type: message.messageType, data: { ...present({ dataDeliveryId }), projectNo, files } };
    }
  }
}

/** `data` comes as an object, as the JSON text of one, or as the JSON text of that text. */
function openData(message: JsonValue): JsonValue {
  if (!isObject(message) || typeof message.data !== 'string') return message;
  try {
    const once = parseJson(message.data);
    return { ...message, data: typeof once === 'string' ? parseJson(once) : once };
  } catch {
    return message; // A string still: the schema says what it must be.
  }
}

/** What makes a message this one. Fields that nobody described may change from one list to the next. */
function identifyingFields({ messageType, timestamp, data }: { [key: string]: JsonValue }): JsonValue {
  return present({ messageType, timestamp, data });
}

/** `data.files[3].fileId: must be …`; names where and which rule, never the value. */
function describeIssue(issue: z.core.$ZodIssue | undefined): string {
  const path = issue?.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return `${path?.replace(/^\./, '') || 'message'}: ${issue?.message}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
