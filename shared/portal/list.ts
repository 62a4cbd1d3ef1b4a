import type { ListedMessage, ReadOptions } from './messages.ts';

export interface ListOptions extends ReadOptions {
  /** Bytes of one element beyond which it is not read; default 16 MiB. */
  maxElementBytes?: number | undefined;
}

/**
 * Reads the portal's list as it arrives, holding one element at a time.
 * @throws PortalError after the last complete element when the document is no complete JSON array
 */
export declare function readList(
  body: AsyncIterable<Uint8Array>,
  options?: ListOptions,
): AsyncGenerator<ListedMessage, void, undefined>;
