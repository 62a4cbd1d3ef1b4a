import { Readable } from 'node:stream';
import type { Http, HttpAnswer, HttpRequest } from '../../shared/platform/http.ts';
import type { Secret } from '../../shared/platform/secrets.ts';
import type { Clock } from '../../shared/platform/time.ts';
import { createPortal, type Portal } from '../../shared/portal/client.ts';
import type { Calls, Process } from './calls.ts';
import type { Downloads } from './downloads.ts';
import { canonicalId } from './ids.ts';
import { type ReceivedFile, receiveFile } from './receive-file.ts';
import type { Uploads } from './uploads.ts';

/** The portal's calls about files. */
export type FileCalls = Pick<Portal, 'downloadFile' | 'returnFile' | 'returnLargeFile' | 'sendFile' | 'sendLargeFile'>;

/** The portal's side of these calls. */
export interface FileServer {
  downloads: Downloads;
  uploads: Uploads;
  /** @returns the status with which every call is refused, if it is. @param key the API key that was sent */
  refusal(key: string): number | undefined;
  /** A file was given back. */
  onReturn(fileId: string, content: string): void;
  /** A file came for a project's researchers. */
  onResult(projectNo: string, fileName: string, content: string): void;
}

/**
 * The portal's calls about files as one process makes them. What goes over the network is simulated; what the answers mean,
 * the gateway's own client decides.
 *
 * @param apiKey gives the key that the process calls with
 */
export function fileCalls(
  calls: Calls,
  process: Process,
  server: FileServer,
  apiKey: (call: string) => Promise<Secret>,
  clock: Clock,
): FileCalls {
  const http: Http = async (request) => {
    const [name, ids] = routeOf(request);
    const upload = request.method === 'POST' ? receiveFile(request) : undefined;
    const taken = upload && (await server.uploads.read(upload, request, process));
    const wait = upload ? 0 : server.downloads.timeToFirstByte();
    const perform = () => {
      if (wait > request.headersTimeout) throw networkError('ETIMEDOUT');
      const refused = server.refusal(String(request.headers['x-api-key']));
      if (refused !== undefined) return answerOf(refused);
      if (!taken) return server.downloads.answer(canonicalId(ids[0] as string), process, request.headers);
      if ('statusCode' in taken) return taken;
      accept(server, name, ids, taken);
      return answerOf(200);
    };
    const answer = await calls.make<HttpAnswer>(process, {
      service: 'portal',
      what: () => `${name} ${ids.join(' ')} ${request.headers.range ?? ''}`,
      perform,
      lost: () => networkError('ETIMEDOUT'),
      busy: () => networkError('ECONNREFUSED'),
      needsSender: true,
      delay: Math.min(wait, request.headersTimeout),
      signal: request.signal,
    });
    // Whoever ends a request ends its answer, too.
    const stopListening = process.listen(request.signal, () => answer.body.destroy(networkError('ABORT_ERR')));
    answer.body.once('close', stopListening);
    return answer;
  };
  const portal = createPortal({ baseUrl: 'http://127.0.0.1', apiKey, clock, http });
  const { downloadFile, returnFile, returnLargeFile, sendFile, sendLargeFile } = portal;
  return { downloadFile, returnFile, returnLargeFile, sendFile, sendLargeFile };
}

const routes: readonly (readonly [string, RegExp])[] = [
  ['GET /data/{fileId}', /^GET \/data\/([^/]+)$/],
  ['POST /data/large-file/{fileId}', /^POST \/data\/large-file\/([^/]+)$/],
  ['POST /data/project/{projectNo}', /^POST \/data\/project\/([^/]+)$/],
  ['POST /data/project/{projectNo}/{fileName}', /^POST \/data\/project\/([^/]+)\/([^/]+)$/],
  ['POST /data/{fileId}', /^POST \/data\/([^/]+)$/],
];

function routeOf({ method, path }: HttpRequest): [name: string, ids: string[]] {
  for (const [name, pattern] of routes) {
    const found = pattern.exec(`${method} ${path}`);
    if (found) return [name, found.slice(1).map(decodeURIComponent)];
  }
  throw new Error(`${method} ${path} is not simulated`);
}

function accept(server: FileServer, name: string, ids: readonly string[], { fileName, content }: ReceivedFile): void {
  const [id = '', nameInPath = ''] = ids;
  if (name.includes('{fileId}')) server.onReturn(id, content);
  else server.onResult(id, name.endsWith('{fileName}') ? nameInPath : fileName, content);
}

const answerOf = (statusCode: number): HttpAnswer => ({
  statusCode,
  headers: {},
  toWholeRequest: true,
  body: Readable.from([]),
});

/** Node's error for a broken or failed connection. */
export const networkError = (code: string): Error => Object.assign(new Error('simulated'), { code });
