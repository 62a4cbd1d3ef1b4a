import type { Agent, ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createProxyServer } from 'httpxy';
import { describeError } from '../../platform/errors.ts';
import type { Log } from '../../platform/logger.ts';
import type { JobServer } from '../resources/resource.ts';
import type { JobAddress } from './address.ts';
import { refuse, refuseUpgrade, unreachable } from './answers.ts';
import { toBrowser } from './headers.ts';

/** Milliseconds for a connection to a job's server, and without a byte from it or to it. */
const connectTime = 10_000;
const idleTime = 10 * 60_000;

export interface JobTarget {
  address: JobAddress;
  server: JobServer;
  agent: Agent;
}

/** Moves bytes between browsers and servers of jobs, without holding more of a body than buffers take. */
export interface Forwarder {
  /** @param request with the headers that the server gets */
  request(request: IncomingMessage, response: ServerResponse, target: JobTarget): void;
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer, target: JobTarget): void;
}

export function createForwarder(log: Pick<Log, 'warn'>): Forwarder {
  const addresses = new WeakMap<IncomingMessage, JobAddress>();
  const proxy = createProxyServer({ prependPath: false, proxyTimeout: idleTime });
  const clean = (answer: IncomingMessage, request: IncomingMessage) => {
    const address = addresses.get(request);
    if (address) answer.headers = toBrowser(answer.headers, address);
  };
  proxy.on('proxyReq', (outgoing) => limitConnecting(outgoing));
  proxy.on('proxyRes', clean);
  proxy.on('proxyReqWs', (outgoing: ClientRequest, request: IncomingMessage, socket: Duplex) => {
    outgoing.on('socket', () => limitConnecting(outgoing));
    outgoing.on('response', (answer) => clean(answer, request));
    // Before the library's own listener, which sends the headers on.
    outgoing.on('upgrade', (answer, upstream) => {
      clean(answer, request);
      answer.headers.connection = 'Upgrade';
      answer.headers.upgrade = 'websocket';
      tie(socket, upstream);
    });
  });
  proxy.on('error', (error: Error, request?: IncomingMessage, response?: ServerResponse | Duplex) => {
    const jobId = request && addresses.get(request)?.jobId;
    log.warn('a server of a job cannot be reached', { jobId, error: describeError(error) });
    if (!request || !response) return;
    if (response instanceof Socket) refuseUpgrade(response, unreachable());
    else if ('writeHead' in response) refuse(request, response, unreachable());
    else response.destroy();
  });
  const options = ({ server: { hostname, port }, agent }: JobTarget) => ({
    target: { protocol: 'http:', hostname, port },
    agent,
  });
  return {
    request(request, response, target) {
      addresses.set(request, target.address);
      void proxy.web(request, response, options(target));
    },
    upgrade(request, socket, head, target) {
      addresses.set(request, target.address);
      void proxy.ws(request, socket, options(target), head);
    },
  };
}

function limitConnecting(outgoing: ClientRequest): void {
  const { socket } = outgoing;
  if (!socket?.connecting) return;
  const timer = setTimeout(() => outgoing.destroy(new Error('no connection in time')), connectTime);
  for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer));
}

/** Ends both ends of a WebSocket together, however one of them ends. */
function tie(one: Duplex, other: Duplex): void {
  one.once('close', () => other.destroy());
  other.once('close', () => one.destroy());
}
