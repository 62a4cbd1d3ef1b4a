import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { ElementSplitter, type SplitElement } from './json-array-splitter.ts';
import { type ListedMessage, parseMessage, type ReadOptions, unparsed } from './messages.ts';

/** Names the call as the interface description does. */
export const listCall = 'GET /messages';

export interface ListOptions extends ReadOptions {
  /** Whether a body without a byte is an empty list: its end must be told from a cut connection. */
  blankIsEmpty?: boolean | undefined;
  /** Bytes of one element beyond which it is not read; default 16 MiB. */
  maxElementBytes?: number | undefined;
}

/**
 * Reads the portal's list as it arrives, holding one element at a time. `null` is an empty list.
 * @throws PortalError after the last complete element when the document is no complete JSON array
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
