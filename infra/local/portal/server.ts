import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import { TextDecoder } from 'node:util';
import { describeError, InvalidInputError } from '../../../shared/platform/errors.ts';
import {
  confirmProject,
  createAccess,
  htmlPage,
  listMessages,
  markMessage,
  markMessages,
  resetAccess,
} from './answers.ts';
import { deliver } from './deliver.ts';
import { download } from './downloads.ts';
import type { FaultDecision } from './faults.ts';
import { done, type PortalState, refusal, type SimulatedAnswer } from './portal.ts';
import { hasKey, judgeHead } from './protocol.ts';
import type { CallOutcome } from './record.ts';
import { findRoute, type MatchedCall } from './routes.ts';
import { judgeTarget, receive, type UploadTarget } from './uploads.ts';

const longestJson = 16 * 1024 * 1024;

/** One request, and the means to answer it. */
interface Exchange {
  readonly portal: PortalState;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** The portal's HTTP server, not yet listening. */
export function createPortalServer(portal: PortalState): Server {
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 30_000, highWaterMark: 1024 * 1024 });
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    void serve({ portal, request, response });
  };
  server.on('request', handle);
  server.on('checkContinue', handle);
  server.on('clientError', ({ code }: NodeJS.ErrnoException, socket) => {
    // A client that disconnects during a request breaks no rule.
    if (code?.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE')
      portal.recorder.violation('unknown', `not HTTP: ${code}`);
    socket.destroy();
  });
  return server;
}

async function serve(exchange: Exchange): Promise<void> {
  const { portal, request, response } = exchange;
  const route = findRoute(request.method ?? '', request.url ?? '', portal.prefix);
  const call = 'call' in route ? route.call : 'unknown';
  response.on('close', portal.recorder.open(call));
  const violation = (rule: string): void => portal.recorder.violation(call, rule);
  let outcome: SimulatedAnswer | CallOutcome;
  try {
    outcome = await decide(exchange, route, violation);
  } catch (error) {
    outcome = failed(request, error, violation);
  }
  portal.recorder.outcome(call, typeof outcome === 'object' ? outcome.status : outcome);
  await finish(exchange, outcome);
}

async function decide(
  exchange: Exchange,
  route: ReturnType<typeof findRoute>,
  violation: (rule: string) => void,
): Promise<SimulatedAnswer | CallOutcome> {
  const { portal, request } = exchange;
  if (!('call' in route)) {
    violation(route.reason);
    return refusal(route.status, route.reason);
  }
  if (!hasKey(request, portal.apiKey)) {
    violation('a wrong or missing API key');
    return refusal(401, 'Unauthorized - wrong or missing API key');
  }
  const decision = portal.faults.decide(route.call);
  if (decision.latency > 0) await after(decision.latency);
  const instead = insteadOf(portal, decision);
  if (instead !== undefined) return instead;
  const wrong = judgeHead(route.call, request, portal.faults.current());
  if (wrong?.violation) violation(wrong.rule);
  if (wrong !== undefined) return refusal(wrong.status, wrong.rule);
  const answer = await perform(exchange, route, decision);
  if (decision.fault?.kind === 'applied-cut') return 'cut';
  return decision.fault?.kind === 'applied-hang' ? 'hang' : answer;
}

/** The answer of a fault instead of the normal one. */
function insteadOf(portal: PortalState, { fault }: FaultDecision): SimulatedAnswer | CallOutcome | undefined {
  switch (fault?.kind) {
    case 'cut':
    case 'hang':
      return fault.kind;
    case 'early':
      return { ...(fault.status < 300 ? done : faultStatus(fault.status)), delivery: { leavesBody: fault.ending } };
    case 'html':
      return htmlPage(fault.status);
    case 'redirect':
      return {
        status: 302,
        headers: { Location: fault.location ?? `${portal.prefix}/elsewhere`, 'Content-Length': '0' },
      };
    case 'status':
      return faultStatus(fault.status, fault.retryAfter ? { 'Retry-After': fault.retryAfter } : {});
    default:
      return undefined;
  }
}

const faultStatus = (status: number, headers: Record<string, string> = {}): SimulatedAnswer =>
  refusal(status, `Fault ${status}`, headers);

async function perform(
  exchange: Exchange,
  { call, parameters }: MatchedCall,
  decision: FaultDecision,
): Promise<SimulatedAnswer> {
  const { portal, request } = exchange;
  const [first = '', second = ''] = parameters;
  switch (call) {
    case 'GET /messages':
      return listMessages(portal, decision.fault);
    case 'PATCH /messages':
      return markMessages(portal, await readText(exchange));
    case 'PATCH /messages/{id}':
      return markMessage(portal, first);
    case 'POST /projects/{projectNo}/confirm':
      return confirmProject(portal, first);
    case 'POST /user-accesses':
      return createAccess(portal, await readText(exchange));
    case 'PATCH /user-accesses/{accessIdentifier}':
      return resetAccess(portal, first, await readText(exchange));
    case 'GET /data/{fileId}':
      return download(portal, first, {
        range: request.headers.range,
        ifRange: request.headers['if-range']?.toString(),
      });
    case 'POST /data/{fileId}':
    case 'POST /data/large-file/{fileId}':
      return upload(exchange, call, { fileId: first });
    case 'POST /data/project/{projectNo}':
      return upload(exchange, call, { projectNo: first });
    case 'POST /data/project/{projectNo}/{fileName}':
      return upload(exchange, call, { projectNo: first, fileName: second });
  }
}

async function upload(exchange: Exchange, call: MatchedCall['call'], target: UploadTarget): Promise<SimulatedAnswer> {
  const { portal, request } = exchange;
  const refused = judgeTarget(portal, target);
  return refused ?? receive(portal, call, target, request.headers['content-type'] ?? '', bodyOf(exchange));
}

function bodyOf({ request, response }: Exchange): AsyncIterable<Buffer> {
  if (request.headers.expect !== undefined) response.writeContinue();
  // Without this, leaving the loop over the body would close the connection before the answer.
  return request.iterator({ destroyOnReturn: false });
}

async function readText(exchange: Exchange): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of bodyOf(exchange)) {
    length += chunk.length;
    if (length > longestJson) throw new InvalidInputError('a JSON body that is too long');
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new InvalidInputError('a JSON body that is not UTF-8');
  }
}

function failed(
  request: IncomingMessage,
  error: unknown,
  violation: (rule: string) => void,
): SimulatedAnswer | CallOutcome {
  if (error instanceof InvalidInputError) {
    violation(error.message);
    return refusal(400, error.message);
  }
  if (request.destroyed && !request.complete) return 'aborted';
  violation(`the simulator itself failed: ${describeError(error)}`);
  return refusal(500, 'Internal Server Error');
}

async function finish({ request, response }: Exchange, outcome: SimulatedAnswer | CallOutcome): Promise<void> {
  if (outcome === 'cut') request.socket.destroy();
  else if (outcome === 'hang') request.resume();
  else if (typeof outcome === 'object' && !response.destroyed) await deliver(response, outcome);
}
