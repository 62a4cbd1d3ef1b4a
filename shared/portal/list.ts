import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { ElementSplitter, type SplitElement } from './json-array-splitter.ts';
import { type ListedMessage, parseMessage, type ReadOptions, unparsed } from './parse-message.ts';

/** Name of the call in the interface description. */
export const listCall = 'GET /messages';

export interface ListOptions extends ReadOptions {
  /** Whether an empty body is an empty list. Only if its end can be distinguished from a broken connection. */
  blankIsEmpty?: boolean | undefined;
  /** Longest element in bytes that is read; default 16 MiB. */
  maxElementBytes?: number | undefined;
}

/**
 * Reads the portal's list while it arrives, holding one element in memory. `null` is an empty list.
 * @throws PortalError after the last complete element if the document is not a complete JSON array
 */
export async function* readList(
  body: AsyncIterable<Uint8Array>,
  { maxElementBytes = 16 * 2 ** 20, blankIsEmpty = false, ...options }: ListOptions = {},
): AsyncGenerator<ListedMessage, void, undefined> {
  const splitter = new ElementSplitter(maxElementBytes);
  for await (const chunk of body) {
    for (const element of splitter.push(chunk)) yield readElement(element, options);
  }
  if (!(blankIsEmpty && splitter.isBlank)) splitter.end();
}

function readElement({ bytes, sha256OfAll }: SplitElement, options: ReadOptions): ListedMessage {
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  if (sha256OfAll !== undefined) {
    return unparsed(raw, 'message: is too long to be read', sha256OfAll);
  }
  if (isUtf8(bytes)) return parseMessage(raw, options);
  const contentHash = createHash('sha256').update(bytes).digest('hex');
  return { readable: false, problem: 'message: must be UTF-8', raw, contentHash };
}
