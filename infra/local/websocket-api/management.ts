import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Guard } from '../services/guard.ts';
import { bodyOf } from '../services/json-server.ts';
import type { ClientConnection } from './connection.ts';

/** Bytes that a message to a client may have. */
const longestMessage = 128 * 2 ** 10;

const connectionId = /^[\w-]{15}=$/;

interface Reply {
  status: number;
  /** The error's name, by which the SDK throws it. */
  error?: string;
  body?: object;
}

/**
 * Serves API Gateway's management API: `POST`, `GET` and `DELETE` of `/{stage}/@connections/{connectionId}`.
 *
 * @param connections the open ones, by their ids
 */
export function createManagementApi(
  connections: ReadonlyMap<string, ClientConnection>,
  stage: string,
  guard: Guard,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  async function answer(request: IncomingMessage): Promise<Reply> {
    const { method = '', url = '', headers } = request;
    const body = await bodyOf(request);
    const refusal = await guard({ method, url, headers, body });
    if (refusal) return failure(403, 'ForbiddenException', refusal.message);
    const [, id] = decodedPath(url)?.match(new RegExp(`^/${stage}/@connections/([^/]+)$`)) ?? [];
    if (id === undefined) return failure(403, 'ForbiddenException', 'Forbidden');
    if (!connectionId.test(id)) return failure(400, 'BadRequestException', `Invalid connectionId: ${id}`);
    const connection = connections.get(id);
    if (!connection) return failure(410, 'GoneException', 'Gone');
    if (method === 'GET') return { status: 200, body: describe(connection) };
    if (method === 'DELETE') {
      connection.close(1000);
      return { status: 204 };
    }
    if (method !== 'POST') return failure(403, 'ForbiddenException', 'Forbidden');
    if (body.length > longestMessage) return failure(413, 'PayloadTooLargeException', 'Message too long');
    if (connection.send(body)) return { status: 200 };
    return failure(429, 'LimitExceededException', 'The client reads too slowly');
  }

  return async (request, response) => {
    const reply = await answer(request).catch(() => failure(413, 'PayloadTooLargeException', 'Message too long'));
    response.writeHead(reply.status, {
      'content-type': 'application/json',
      ...(reply.error !== undefined && { 'x-amzn-errortype': reply.error }),
    });
    response.end(reply.body && JSON.stringify(reply.body));
  };
}

const failure = (status: number, error: string, message: string): Reply => ({ status, error, body: { message } });

const describe = ({ origin, lastActiveAt }: ClientConnection) => ({
  connectedAt: new Date(origin.connectedAt).toISOString(),
  identity: origin.identity,
  lastActiveAt: new Date(lastActiveAt).toISOString(),
});

function decodedPath(url: string): string | undefined {
  try {
    return decodeURIComponent(url.split('?')[0] ?? '');
  } catch {
    return undefined;
  }
}
