import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { ListedMessage } from './messages.ts';

export type MarkOutcome = 'marked' | 'already-marked' | 'forbidden' | 'not-found';

export interface Download {
  /** The caller reads it to its end or destroys it. */
  body: Readable;
  /** Bytes of this answer: of the range when there is one. */
  contentLength?: number;
  etag?: string;
  /** Present when the server honoured the range (206); `end` is inclusive, both in bytes of the file. */
  range?: { start: number; end: number; total?: number };
  acceptsRanges: boolean;
}

export interface DownloadOptions {
  /** First byte wanted. */
  start?: number | undefined;
  /** Last byte wanted, inclusive. */
  end?: number | undefined;
  /** A strong ETag: the range counts only while the file still has it, else the whole file comes. */
  ifRange?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface OutboundFile {
  fileName: string;
  /** Bytes; the body must have exactly as many. */
  size: number;
  /** Opens the content from its start; called again when the other encoding is tried. */
  open(): Promise<Readable>;
}

export interface UserAccess {
  accessIdentifier: string;
  loginName: string;
  oneTimePassword: string;
}

/** The portal's eleven calls. What fails is a PortalError; an argument that can't be sent is an InvalidInputError. */
export interface Portal {
  /**
   * The messages not yet marked, oldest first. A clean end means that the list was complete.
   * @throws PortalError after the last complete element when the document is truncated or unparsable
   */
  listMessages(signal?: AbortSignal): AsyncGenerator<ListedMessage, void, undefined>;
  markMessage(messageId: string, signal?: AbortSignal): Promise<MarkOutcome>;
  /** The outcome is for the list as a whole: anything but `marked` may be true of one message only. */
  markMessages(messageIds: readonly string[], signal?: AbortSignal): Promise<MarkOutcome>;
  confirmProject(projectNo: string, signal?: AbortSignal): Promise<'confirmed' | 'already-confirmed'>;
  createUserAccess(access: UserAccess, signal?: AbortSignal): Promise<void>;
  resetPassword(accessIdentifier: string, oneTimePassword: string, signal?: AbortSignal): Promise<void>;
  downloadFile(fileId: string, options?: DownloadOptions): Promise<Download>;
  /** As a form, up to `maxFormBytes`. */
  returnFile(fileId: string, file: OutboundFile, signal?: AbortSignal): Promise<void>;
  /** Streamed, any size. */
  returnLargeFile(fileId: string, file: OutboundFile, signal?: AbortSignal): Promise<void>;
  /** As a form, up to `maxFormBytes`. */
  sendFile(projectNo: string, file: OutboundFile, signal?: AbortSignal): Promise<void>;
  /** Streamed, any size. */
  sendLargeFile(projectNo: string, file: OutboundFile, signal?: AbortSignal): Promise<void>;
}

export type LargeFileEncoding = 'octet-stream' | 'form-data';

export interface PortalOptions {
  /** HTTPS, but for loopback; may have a path prefix. */
  baseUrl: string;
  /** Asked for each request, so that a key can be changed without a restart. */
  apiKey: () => Promise<string>;
  strict?: boolean | undefined;
  /** What is tried first on the two streaming calls, whose body the portal does not describe; on 415 the other one follows. */
  largeFileEncoding?: LargeFileEncoding | undefined;
  timeouts?: Partial<Timeouts> | undefined;
  dispatcher?: Dispatcher | undefined;
}

/** Milliseconds. */
export interface Timeouts {
  connect: number;
  /** Until the first byte of an answer. */
  headers: number;
  /** A whole small call, its retries included. */
  total: number;
  /** Until the answer to an upload, counted from its last byte: the portal may move the file before it answers. */
  upload: number;
}

/** Above this the interface description asks for the streaming calls ("2 GB"). */
export const maxFormBytes = 2_000_000_000;

/** @throws ConfigurationError when the base URL is none that a key may be sent to */
export declare function createPortal(options: PortalOptions): Portal;
