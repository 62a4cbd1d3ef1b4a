export const messageTypes = [
  'CreateProject',
  'DeleteProject',
  'CreateProjectAccess',
  'DeleteProjectAccess',
  'DisableProjectAccess',
  'EnableProjectAccess',
  'ResetPassword',
  'DataDeliveryReady',
  'DeleteDataFile',
  'ReturnDataFile',
] as const;
export type MessageType = (typeof messageTypes)[number];

export interface DeliveredFile {
  fileId: string;
  /** Bytes; a hint only, because the portal says it in 32 bits. */
  fileSize?: number;
  /** As received; `parseMd5` tells whether it is an MD5. */
  fileChecksum: string;
}

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
export declare function readMessage(raw: string, options?: ReadOptions): ListedMessage;

/** An MD5 in lower-case hexadecimal, or undefined when the text is none. */
export function parseMd5(text: string): string | undefined {
  const md5 = text.trim().toLowerCase();
  return /^[0-9a-f]{32}$/.test(md5) ? md5 : undefined;
}
