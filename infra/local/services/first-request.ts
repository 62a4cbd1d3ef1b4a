import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { GuardedRequest } from './signature.ts';

/** A request, and all bytes that have come: what follows them is still to be read. */
export type FirstRequest = GuardedRequest & { bytes: Buffer };

const longestHead = 16 * 1024;
/** As DynamoDB has it, with room for its envelope. */
const longestBody = 17 * 1024 ** 2;

/**
 * Reads a connection until its first HTTP request has come, and no further than that has brought.
 * @param timeout milliseconds
 * @returns nothing when the connection ends or takes too long before, or sends anything else than a request with a length
 */
export async function readFirstRequest(socket: Socket, timeout: number): Promise<FirstRequest | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  let head: Head | undefined;
  const timer = setTimeout(() => socket.destroy(), timeout);
  try {
    for (;;) {
      const piece = await nextPiece(socket);
      if (!piece) return undefined;
      pieces.push(piece);
      length += piece.length;
      head ??= readHead(Buffer.concat(pieces));
      if (!head && length > longestHead) return undefined;
      if (head && length >= head.end + head.bodyLength) break;
    }
  } catch {
    return undefined; // Not HTTP.
  } finally {
    clearTimeout(timer);
  }
  const bytes = Buffer.concat(pieces);
  const { end, bodyLength, ...request } = head;
  return { ...request, bytes, body: bytes.subarray(end, end + bodyLength) };
}

function nextPiece(socket: Socket): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const come = (piece?: Buffer) => {
      socket.pause().off('data', come).off('close', none).off('end', none);
      resolve(piece);
    };
    const none = () => come();
    if (socket.destroyed || socket.readableEnded) return resolve(undefined);
    socket.on('data', come).on('close', none).on('end', none).resume();
  });
}

interface Head extends Omit<GuardedRequest, 'body'> {
  /** Where the body begins. */
  end: number;
  bodyLength: number;
}

/** @returns nothing when the head has not come to its end @throws Error for what is no request with a length */
function readHead(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [start = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const [, method, url] = /^([A-Z]+) (\S+) HTTP\/1\.1$/.exec(start) ?? [];
  const headers: IncomingHttpHeaders = {};
  for (const line of lines) {
    const [, name, value] = /^([^\s:]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || headers[name.toLowerCase()] !== undefined) throw new Error('not a header, or twice');
    headers[name.toLowerCase()] = value;
  }
  const bodyLength = Number(headers['content-length'] ?? 0);
  const hasLength = Number.isSafeInteger(bodyLength) && bodyLength >= 0 && bodyLength <= longestBody;
  if (!method || !url || !hasLength || headers['transfer-encoding'] !== undefined)
    throw new Error('not such a request');
  return { method, url, headers, end: end + 4, bodyLength };
}
