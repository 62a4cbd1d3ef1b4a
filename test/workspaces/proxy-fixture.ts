import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { changeJob } from '../../shared/workspaces/change-job.ts';
import type { JobId } from '../../shared/workspaces/context.ts';
import { createJobProxy } from '../../shared/workspaces/proxy/server.ts';
import { createWorkspacesApi, type Person } from './workspaces-fixture.ts';

const local = { resource_type: 'local' };

/** A cluster whose nodes are in some networks. */
export const clusterIn = (...server_networks: string[]) => ({
  resource_type: 'slurm',
  server_networks,
  connection_details: { root_url: 'http://127.0.0.1:1', version: 'v0.0.40', user: 'gateway', token_secret: 'token' },
});

const configurationWith = (resource: object, settings: object) => ({
  available_job_types: {
    jupyter_lab: { name: 'Jupyter Lab', job_type: 'jupyter_lab', environment_details: { here: settings } },
  },
  available_resources: {
    here: {
      name: 'Here',
      capabilities: { gpu_enabled: false, max_cpus: 4, max_memory_mb: 8_192, max_time_minutes: 720 },
      ...resource,
    },
  },
});

export interface Reply {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A server as jobs have them: it writes down what it gets. Paths that it has no answer for are answered with what came. */
export interface JobServer {
  port: number;
  requests: { url: string; headers: IncomingMessage['headers']; body: number }[];
  sockets: WebSocket[];
  answers: Record<string, (request: IncomingMessage, response: ServerResponse) => void>;
}

async function startJobServer(): Promise<JobServer> {
  const world: JobServer = { port: 0, requests: [], sockets: [], answers: {} };
  const server = createServer(async (request, response) => {
    const { url = '', headers } = request;
    const answer = world.answers[new URL(url, 'http://job').pathname.replace(/^\/passthrough\/\d+\//, '')];
    if (answer) {
      world.requests.push({ url, headers, body: 0 });
      answer(request, response);
      return;
    }
    let body = 0;
    for await (const piece of request) body += piece.length;
    world.requests.push({ url, headers, body });
    response.end(`served ${url}`);
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, { url = '', headers }) => {
    world.requests.push({ url, headers, body: 0 });
    world.sockets.push(socket);
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  world.port = await listen(server);
  return world;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/**
 * The API of workspaces, the proxy, and running jobs with servers.
 *
 * @param resource that runs the jobs
 * @param settings of JupyterLab there
 */
export async function createProxyWorld(resource: object = local, settings: object = {}) {
  const api = await createWorkspacesApi(configurationWith(resource, settings));
  const { context } = api;
  const lines: string[] = [];
  const write = (...parts: unknown[]) => void lines.push(JSON.stringify(parts));
  const log = { debug: write, info: write, warn: write, error: write };
  const proxied = { ...context, log };
  const proxy = createJobProxy(proxied, { lookEvery: 30 });
  const port = await listen(proxy);
  context.jobsUrl = `http://localhost:${port}`;
  proxied.jobsUrl = context.jobsUrl;
  const hostOf = (jobId: number) => `job-${jobId}.localhost:${port}`;

  const bob = await api.researcher('bob', '1001');

  /** Starts a job that has a server, as the steps of its execution leave it. */
  async function start(person: Person = bob) {
    const server = await startJobServer();
    const created = await api.ask('POST /workspaces', { name: 'n', description: '', workspace_details: {} }, person);
    const workspaceId: number = Object(created.body).data.workspace.id;
    const started = await api.ask(`PUT /workspaces/${workspaceId}/start`, { job_type: 'jupyter_lab' }, person);
    const id: JobId = { userId: person.userId, jobId: Object(started.body).data.job.id };
    await changeJob(context, id, () => ({
      state: 'running',
      handle: `${id.jobId}`,
      proxy: { hostname: '127.0.0.1', port: server.port, token: `secret-of-${id.jobId}` },
    }));
    return { ...id, workspaceId, server, base: `/passthrough/${id.jobId}/` };
  }

  /** Sends a request to the proxy, without following redirects. */
  async function ask(
    jobId: number,
    path: string,
    { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: Buffer } = {},
  ): Promise<Reply> {
    const request = send({
      port,
      host: '127.0.0.1',
      path,
      method,
      headers: { host: hostOf(jobId), ...headers },
      agent: false,
    });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
  }

  async function connectionOf(jobId: number, person: Person = bob): Promise<{ url_path: string; url_domain: string }> {
    const { body } = await api.ask(`GET /jobs/${jobId}`, undefined, person);
    return Object(body).data.jobs[0]?.job_details.current_job_details.connection_details;
  }

  /** Opens a job as its owner's browser does. @returns the cookie of the visit */
  async function visit(jobId: number, person: Person = bob): Promise<string> {
    const { url_path } = await connectionOf(jobId, person);
    const { headers } = await ask(jobId, url_path);
    return String(headers['set-cookie']).split(';')[0] ?? '';
  }

  /** Opens a WebSocket to a job. */
  function connect(jobId: number, path: string, headers: Record<string, string>): WebSocket {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { host: hostOf(jobId), ...headers } });
    socket.on('error', () => {});
    onTestFinished(() => socket.terminate());
    return socket;
  }

  return {
    api,
    context,
    clock: api.clock,
    researcher: api.researcher,
    bob,
    port,
    lines,
    start,
    ask,
    visit,
    connect,
    connectionOf,
    originOf: (jobId: number) => `http://${hostOf(jobId)}`,
  };
}

export type ProxyWorld = Awaited<ReturnType<typeof createProxyWorld>>;
