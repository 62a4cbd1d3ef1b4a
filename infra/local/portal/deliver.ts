import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import type { Bytes, SimulatedAnswer, SimulatedDelivery } from './portal.ts';

const ticksPerSecond = 50;

/** Sends an answer, one piece at a time, as fast as the client reads and its delivery allows. */
export async function deliver(response: ServerResponse, answer: SimulatedAnswer): Promise<void> {
  const { status, headers = {}, body = [], delivery = {} } = answer;
  response.writeHead(status, headers);
  response.flushHeaders();
  const begin = performance.now();
  let sent = 0;
  for (const piece of pieces(body, delivery)) {
    sent += piece.length;
    if (delivery.bytesPerSecond !== undefined) await keepPace(begin, sent, delivery.bytesPerSecond);
    if (response.destroyed) return;
    delivery.count?.(piece.length);
    await write(response, piece);
  }
  if (sent === delivery.dropAfterBytes || sent === delivery.stallAfterBytes) delivery.onBreak?.(sent);
  if (sent === delivery.dropAfterBytes || delivery.leavesBody === 'cut') response.destroy();
  else if (delivery.leavesBody === 'unread') return;
  else if (sent !== delivery.stallAfterBytes) {
    // Ended earlier, the answer would close the connection under a client that still sends.
    await consumed(response.req);
    response.end();
  }
}

/** The body up to where it is cut or stalls, in pieces small enough for an even pace. */
function* pieces(body: Iterable<Bytes>, delivery: SimulatedDelivery): Generator<Buffer, void, undefined> {
  const { bytesPerSecond = Infinity, dropAfterBytes = Infinity, stallAfterBytes = Infinity } = delivery;
  const longest = Math.max(1, Math.ceil(bytesPerSecond / ticksPerSecond));
  let left = Math.min(dropAfterBytes, stallAfterBytes);
  for (const part of body) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    const wanted = bytes.subarray(0, left);
    for (let at = 0; at < wanted.length; at += longest) yield wanted.subarray(at, at + longest);
    left -= wanted.length;
    if (left === 0) return;
  }
}

async function keepPace(begin: number, sent: number, bytesPerSecond: number): Promise<void> {
  const ahead = (sent / bytesPerSecond) * 1000 - (performance.now() - begin);
  if (ahead > 1) await after(ahead);
}

/** Resolves when the bytes are handed to the network, or nobody listens any more. */
function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('close', go);
      resolve();
    };
    response.on('close', go);
    response.write(bytes, go);
  });
}

/** Resolves when the rest of a request's body is read and dropped, or the client is gone. */
function consumed(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    request.on('close', resolve).on('end', resolve).resume();
  });
}
