import type { Http } from '../platform/http.ts';
import type { Clock } from '../platform/time.ts';
import { type Download, type DownloadOptions, downloadCall, rangeHeaders, readDownload } from './download.ts';
import { type ApiKey, connectionError, createTransport, endIsKnown } from './http.ts';
import { escapeId } from './id.ts';
import { listCall, readList } from './list.ts';
import type { ListedMessage } from './parse-message.ts';
import { commands, tryInTurn, uploads } from './requests.ts';
import { defaultTimeouts, type Timeouts } from './timeouts.ts';
import { checkFile, type LargeFileEncoding, maxFormBytes, type OutboundFile } from './upload.ts';

export type { Download, DownloadOptions } from './download.ts';
export { type LargeFileEncoding, maxFormBytes, type OutboundFile } from './upload.ts';

export type MarkOutcome = 'marked' | 'already-marked' | 'forbidden' | 'not-found';

export interface UserAccess {
  accessIdentifier: string;
  loginName: string;
  oneTimePassword: string;
}

/** The portal's calls, except marking several messages at once, of which one could fail unnoticed. Failed calls throw PortalError, arguments that cannot be sent InvalidInputError. */
export interface Portal {
  /**
   * The messages not yet marked, oldest first. If the iteration ends without an error, the list was complete.
   * @throws PortalError after the last complete element if the document is truncated or malformed
   */
  listMessages(signal?: AbortSignal): AsyncGenerator<ListedMessage, void, undefined>;
  markMessage(messageId: string, signal?: AbortSignal): Promise<MarkOutcome>;
  confirmProject(projectNo: string, signal?: AbortSignal): Promise<'confirmed' | 'already-confirmed'>;
  createUserAccess(access: UserAccess, signal?: AbortSignal): Promise<void>;
  resetPassword(accessIdentifier: string, oneTimePassword: string, signal?: AbortSignal): Promise<void>;
  downloadFile(fileId: string, options?: DownloadOptions): Promise<Download>;
  /** As a form, up to `maxFormBytes`. */
  returnFile(fileId: string, file: OutboundFile, signal?: AbortSignal): Promise<void>;
  /** Streamed, any size. */
  returnLargeFile(fileId: string, file: OutboundFile, signal?: AbortSignal): Promise<void>;
  /** As a form, up to `maxFormBytes`. */
  sendFile(projectNo: string, file: OutboundFile, signal?: AbortSignal): Promise<void>;
  /** Streamed, any size. */
  sendLargeFile(projectNo: string, file: OutboundFile, signal?: AbortSignal): Promise<void>;
}

export interface PortalOptions {
  /** HTTPS, except for loopback; may have a path prefix. */
  baseUrl: string;
  /** Called for each request, so that the key can change without a restart. Refusals report the version of the key. */
  apiKey: ApiKey;
  clock: Clock;
  strict?: boolean | undefined;
  /**
   * The encoding tried first on the two streaming calls, whose body the portal does not describe. After status 415 the other
   * one is used.
   */
  largeFileEncoding?: LargeFileEncoding | undefined;
  timeouts?: Partial<Timeouts> | undefined;
  /** Sends the requests instead of Node's HTTP/1.1 client. */
  http?: Http | undefined;
}

/** @throws ConfigurationError if the base URL is not one to which a key may be sent */
export function createPortal(options: PortalOptions): Portal {
  const limits = { ...defaultTimeouts, ...options.timeouts };
  const send = createTransport({ ...options, connectTimeout: limits.connect });
  const command = commands(send, limits.total, options.clock);
  const upload = uploads(send, limits, options.clock);
  const encodings: [LargeFileEncoding, LargeFileEncoding] =
    options.largeFileEncoding === 'form-data' ? ['form-data', 'octet-stream'] : ['octet-stream', 'form-data'];

  return {
    async *listMessages(signal) {
      const call = { name: listCall, method: 'GET', path: '/messages', signal } as const;
      const limit = { headersTimeout: limits.headers, bodyTimeout: limits.headers };
      const accepts = (status: number) => status === 200 || status === 204;
      const answer = await send({ ...call, ...limit, accepts, repeatable: true });
      try {
        yield* readList(answer.body, { strict: options.strict, blankIsEmpty: endIsKnown(answer) });
      } catch (error) {
        throw connectionError(call, error, []);
      }
    },

    async markMessage(messageId, signal) {
      const path = `/messages/${escapeId(messageId)}`;
      return markOutcome(
        await command({ name: 'PATCH /messages/{id}', method: 'PATCH', path, others: markOthers, signal }),
      );
    },

    async confirmProject(projectNo, signal) {
      const path = `/projects/${escapeId(projectNo)}/confirm`;
      const name = 'POST /projects/{projectNo}/confirm';
      const status = await command({ name, method: 'POST', path, others: [400], signal });
      return status === 400 ? 'already-confirmed' : 'confirmed';
    },

    async createUserAccess({ accessIdentifier, loginName, oneTimePassword }, signal) {
      const json = { accessIdentifier, loginName, oneTimePassword };
      const path = '/user-accesses';
      await command({ name: 'POST /user-accesses', method: 'POST', path, json, secrets: [oneTimePassword], signal });
    },

    async resetPassword(accessIdentifier, oneTimePassword, signal) {
      const path = `/user-accesses/${escapeId(accessIdentifier)}`;
      const name = 'PATCH /user-accesses/{accessIdentifier}';
      await command({ name, method: 'PATCH', path, json: oneTimePassword, secrets: [oneTimePassword], signal });
    },

    async downloadFile(fileId, { signal, ...range } = {}) {
      const answer = await send({
        name: downloadCall,
        method: 'GET',
        path: `/data/${escapeId(fileId)}`,
        headers: { accept: '*/*', ...rangeHeaders(range) },
        accepts: (status) => status === 200 || status === 204 || status === 206,
        mayBePage: true,
        signal,
        headersTimeout: limits.firstByte,
        bodyTimeout: 0, // It would not fire under backpressure; the copy detects stalls itself.
        repeatable: true,
        movesFile: true,
      });
      return readDownload(answer, range);
    },

    async returnFile(fileId, file, signal) {
      checkFile(file, maxFormBytes);
      await upload({ name: 'POST /data/{fileId}', path: `/data/${escapeId(fileId)}`, signal }, file, 'form-data');
    },

    async returnLargeFile(fileId, file, signal) {
      checkFile(file);
      const path = `/data/large-file/${escapeId(fileId)}`;
      await tryInTurn(encodings, (encoding) =>
        upload({ name: 'POST /data/large-file/{fileId}', path, signal }, file, encoding),
      );
    },

    async sendFile(projectNo, file, signal) {
      checkFile(file, maxFormBytes);
      const path = `/data/project/${escapeId(projectNo)}`;
      await upload({ name: 'POST /data/project/{projectNo}', path, signal }, file, 'form-data');
    },

    async sendLargeFile(projectNo, file, signal) {
      checkFile(file);
      const path = `/data/project/${escapeId(projectNo)}/${escapeId(file.fileName)}`;
      const name = 'POST /data/project/{projectNo}/{fileName}';
      await tryInTurn(encodings, (encoding) => upload({ name, path, signal }, file, encoding));
    },
  };
}

const markOthers = [400, 403, 404];

function markOutcome(status: number): MarkOutcome {
  if (status === 400) return 'already-marked';
  if (status === 403) return 'forbidden';
  return status === 404 ? 'not-found' : 'marked';
}
