import { type Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { describeError } from '../../platform/errors.ts';
import { jobTypeOf } from '../job-types/all.ts';
import { addressOf, type JobAddress } from './address.ts';
import { admit, NotAdmittedError } from './admit.ts';
import { goOn, refuse, refuseUpgrade, unreachable } from './answers.ts';
import type { ProxyContext } from './context.ts';
import { visitCookie, visitsIn } from './cookies.ts';
import { OpenExchanges } from './exchanges.ts';
import { createForwarder, type JobTarget } from './forward.ts';
import { toServer } from './headers.ts';
import { isForeign } from './origin.ts';
import { findVisit, takeTicket, type Visit } from './passes.ts';
import { agentWithin, mayReach, networksOf } from './reach.ts';

export interface ProxyOptions {
  /** Milliseconds between two looks at the owner of open connections. */
  lookEvery?: number;
  /** Whether a load balancer in front adds the client's address to `X-Forwarded-For`. */
  isBehindBalancer?: boolean;
}

/** Milliseconds in which the headers of a request have to be there. */
const headersTime = 15_000;

/** Path that a load balancer asks whether the proxy runs. */
export const healthPath = '/health';

/**
 * Serves the servers of interactive jobs to their owners, by HTTP and WebSocket. Each job has a host of its own. Which server a
 * request goes to is in the job's row alone. The owner is asked for each request, and again and again while one is open.
 *
 * @returns a server that does not listen yet; `close` ends the open connections, too
 */
export function createJobProxy(context: ProxyContext, options: ProxyOptions = {}): Server {
  const { log, configuration } = context;
  const { lookEvery = 2_000, isBehindBalancer = false } = options;
  const exchanges = new OpenExchanges({ every: lookEvery, ask: (pass) => admit(context, pass), log });
  const forwarder = createForwarder(log);
  const agents = new Map<string, Agent>();

  /** Finds the place of a request that is safe, and no other page's. */
  function placeOf({ method, url, headers }: IncomingMessage): JobAddress {
    const address = addressOf(context.jobsUrl, headers.host, url);
    if (address === 'elsewhere') throw new NotAdmittedError(404, 'There is nothing here.');
    if (address === 'unsafe') throw new NotAdmittedError(400, 'The path is ambiguous.');
    if (isForeign(address.origin, method, headers)) throw new NotAdmittedError(403, 'Another page may not send this.');
    return address;
  }

  /** Readies a request for the job's server, of whose owner it is. */
  function readied(request: IncomingMessage, address: JobAddress, { job }: Visit, isUpgrade: boolean): JobTarget {
    const { server } = jobTypeOf(configuration, job.jobType);
    const resource = configuration.available_resources[job.resource];
    if (!server || !resource) throw unreachable();
    if (!server.allows(address.path)) throw new NotAdmittedError(403, 'Files are not served for download.');
    const networks = networksOf(resource);
    if (!mayReach(networks, job.proxy)) throw unreachable();
    const agent = agents.get(job.resource) ?? agentWithin(networks);
    agents.set(job.resource, agent);
    const sender = { address: senderOf(request, isBehindBalancer), isUpgrade };
    request.headers = toServer(request.headers, address, server.credentials(job.proxy.token), sender);
    return { address, server: job.proxy, agent };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === healthPath) {
      response.end('ok');
      return;
    }
    const address = placeOf(request);
    const ticket = new URLSearchParams(address.rawQuery).get('ticket');
    if (ticket !== null && request.method === 'GET') {
      await open(request, response, address, ticket);
      return;
    }
    const visit = await findVisit(context, address.jobId, visitsIn(address.origin, request.headers.cookie));
    const target = readied(request, address, visit, false);
    response.once(
      'close',
      exchanges.open(visit.pass, () => response.destroy()),
    );
    forwarder.request(request, response, target);
  }

  async function open(request: IncomingMessage, response: ServerResponse, address: JobAddress, ticket: string) {
    // A browser that looks ahead must not use up the ticket.
    if (request.headers['sec-purpose'] !== undefined) throw new NotAdmittedError(503, 'Not ahead of time.');
    const { jobId, origin, rawPath, rawQuery } = address;
    const rest = rawQuery.split('&').filter((parameter) => !/^ticket(=|$)/i.test(parameter));
    const location = rest.length > 0 ? `${rawPath}?${rest.join('&')}` : rawPath;
    try {
      const value = await takeTicket(context, jobId, ticket);
      log.info('a visit to a job begins', { jobId });
      goOn(response, location, visitCookie(origin, jobId, value));
    } catch (error) {
      if (!(error instanceof NotAdmittedError)) throw error;
      // Somebody who has opened the job before loads the page again, or goes back.
      await findVisit(context, jobId, visitsIn(origin, request.headers.cookie)).catch(() => Promise.reject(error));
      goOn(response, location, undefined);
    }
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (!(socket instanceof Socket)) throw unreachable();
    const address = placeOf(request);
    const visit = await findVisit(context, address.jobId, visitsIn(address.origin, request.headers.cookie));
    const target = readied(request, address, visit, true);
    socket.once(
      'close',
      exchanges.open(visit.pass, () => socket.destroy()),
    );
    forwarder.upgrade(request, socket, head, target);
  }

  function refusalOf(error: unknown): NotAdmittedError {
    if (error instanceof NotAdmittedError) return error;
    log.error('a request to a job failed', { error: describeError(error) });
    return new NotAdmittedError(503, 'The service is busy. Please try again.');
  }

  const server = createServer({ headersTimeout: headersTime, requestTimeout: 0 });
  server.on('request', (request, response) => {
    serve(request, response).catch((error: unknown) => refuse(request, response, refusalOf(error)));
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    upgrade(request, socket, head).catch((error: unknown) => refuseUpgrade(socket, refusalOf(error)));
  });
  server.on('close', () => {
    for (const agent of agents.values()) agent.destroy();
  });
  const end = server.close.bind(server);
  server.close = (done) => {
    exchanges.closeAll();
    return end(done);
  };
  return server;
}

/** The client's address: the last one is what the load balancer has seen, those before are what the client says. */
function senderOf({ headers, socket }: IncomingMessage, isBehindBalancer: boolean): string {
  const forwarded = headers['x-forwarded-for'];
  const last = isBehindBalancer
    ? String(forwarded ?? '')
        .split(',')
        .at(-1)
        ?.trim()
    : undefined;
  return last || socket.remoteAddress || '';
}
