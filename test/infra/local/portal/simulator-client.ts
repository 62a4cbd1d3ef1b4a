import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { PortalSimulator } from '../../../../infra/local/portal/simulator.ts';

export const apiKey = 'a key for tests';

export interface Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RequestOptions {
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
}

/** Sends one request with the path exactly as given (a URL object would normalize it), and reads the whole answer. */
export async function send(
  simulator: PortalSimulator,
  call: string,
  { headers = {}, body, signal }: RequestOptions = {},
): Promise<Response> {
  const [method, path] = call.split(' ');
  const { hostname, port, pathname } = new URL(simulator.url);
  const sent = request({
    hostname,
    port,
    path: `${pathname}${path}`,
    method,
    agent: false,
    ...(signal && { signal }),
    headers: { 'X-API-Key': apiKey, ...headers },
  });
  // The listener stays: once there is an answer, nobody minds what becomes of the rest of the request.
  const answered = new Promise<IncomingMessage>((resolve, reject) => sent.on('response', resolve).on('error', reject));
  sent.end(body);
  const response = await answered;
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
}

/** Sends a JSON body, with the headers that belong to it. */
export function sendJson(simulator: PortalSimulator, call: string, body: unknown): Promise<Response> {
  return send(simulator, call, { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}

/** The body of a form with one file. */
export function fileForm(
  content: Buffer | string,
  name = 'DataFile',
  fileName = 'table.csv',
): { headers: Record<string, string>; body: Buffer } {
  const head = `--limit\r\nContent-Disposition: form-data; name="${name}"; filename="${fileName}"\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from('\r\n--limit--\r\n')]);
  return { headers: { 'Content-Type': 'multipart/form-data; boundary=limit' }, body };
}

/** The message ids of GET /messages, in its order. */
export async function listIds(simulator: PortalSimulator): Promise<unknown[]> {
  const { body } = await send(simulator, 'GET /messages');
  const list: { messageId: unknown }[] = JSON.parse(body.toString());
  return list.map(({ messageId }) => messageId);
}
