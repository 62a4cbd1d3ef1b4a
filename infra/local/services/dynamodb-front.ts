import { randomInt } from 'node:crypto';
import { connect, type Server, type Socket } from 'node:net';
import { describeError } from '../../../shared/platform/errors.ts';
import { startDynoxide } from './dynoxide.ts';
import { readFirstRequest } from './first-request.ts';
import { createGuard, type Guard } from './guard.ts';
import { raiseLoopback } from './network-namespace.ts';
import type { SignatureRefusal } from './signature.ts';

// A process that stands before dynoxide, which lets anybody in, and where the system allows for it is in a network of its own with
// it: then nothing but this process can reach it. The first request of a connection shows whether its other end knows the secret;
// from then on bytes pass as they come. Usage: node dynamodb-front.ts [data directory], and an order with the listening server.

/** To the front. */
export interface FrontOrder {
  secretAccessKey: string;
  /** Whether this process has a network of its own. */
  isolated: boolean;
}

/** From the front: that it serves, or why it can't; later, what dynoxide met that is no client's fault. */
export type FrontNews = { serving: true } | { failed: string } | { problem: string };

/** How long a connection may take to send its first request, in milliseconds. */
const timeout = 10_000;

async function serve({ secretAccessKey, isolated }: FrontOrder, server: Server): Promise<void> {
  const guard = createGuard(secretAccessKey);
  if (isolated) raiseLoopback();
  const dynoxide = await startDynoxide(isolated ? '127.0.0.1' : anyLoopback(), process.argv[2]);
  server.on('connection', (client: Socket) => {
    relay(client, guard, () => connect({ host: dynoxide.host, port: dynoxide.port, noDelay: true }));
  });
  const end = async () => {
    server.close();
    await dynoxide[Symbol.asyncDispose]();
    process.exit();
  };
  process.once('SIGTERM', end).once('disconnect', end);
  dynoxide.ended.then(() => process.exit());
}

/** A page in a browser may try all ports of one address, but not of all 16 million. */
const anyLoopback = () => `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;

async function relay(client: Socket, guard: Guard, open: () => Socket): Promise<void> {
  client.setNoDelay(true).on('error', () => client.destroy());
  const request = await readFirstRequest(client, timeout);
  if (!request) return void client.destroy();
  const refusal = await guard(request);
  if (refusal) return void client.end(answerOf(refusal));
  const server = open().on('error', () => client.destroy());
  server.on('close', () => client.destroy());
  client.on('close', () => server.destroy());
  server.on('data', reportProblem);
  server.write(request.bytes);
  client.pipe(server).pipe(client);
}

const serverError = Buffer.from('HTTP/1.1 5');
/** Between two reports, in milliseconds: clients ask again at once. */
const reportPause = 1_000;
let reportedAt = Number.NEGATIVE_INFINITY;

/** An answer begins with a piece of its own, for there is one request at a time on a connection. */
function reportProblem(piece: Buffer): void {
  if (piece.compare(serverError, 0, serverError.length, 0, serverError.length) !== 0) return;
  if (performance.now() - reportedAt < reportPause) return;
  reportedAt = performance.now();
  process.send?.({ problem: problemIn(piece.toString()) } satisfies FrontNews);
}

function problemIn(answer: string): string {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const [, message] = /"message":\s*"((?:[^"\\]|\\.)*)"/i.exec(body) ?? [];
  return message ?? head.split('\r\n')[0] ?? '';
}

function answerOf({ code, message }: SignatureRefusal): string {
  const body = JSON.stringify({ __type: code, message });
  const head = ['HTTP/1.1 403 Forbidden', 'content-type: application/x-amz-json-1.0', 'connection: close'];
  return [...head, `content-length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
}

process.on('SIGINT', () => {}); // Ctrl-C goes to the whole group: the gateway decides when this ends.
process.once('message', (order: FrontOrder, server: Server) => {
  const send = (news: FrontNews) => process.send?.(news);
  serve(order, server).then(
    () => send({ serving: true }),
    (error) => {
      send({ failed: describeError(error) });
      process.exitCode = 1;
      process.disconnect();
    },
  );
});
