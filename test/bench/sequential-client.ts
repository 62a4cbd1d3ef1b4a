import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { MessageContent } from '../../shared/portal/messages.ts';

type Listed = MessageContent & { messageId: string };

/**
 * The plainest client that does the work at all, to compare with: one message after the other, its state in memory, a new
 * connection for each call, a download to disk and then its hash.
 */
export class SequentialClient {
  readonly #url: string;
  readonly #apiKey: string;
  #directory = '';

  constructor(url: string, apiKey: string) {
    this.#url = url;
    this.#apiKey = apiKey;
  }

  /** Handles what the portal lists, once. */
  async drain(): Promise<void> {
    this.#directory = await mkdtemp(join(tmpdir(), 'sequential-client-'));
    try {
      const list = (await json(await this.#call('GET', '/messages'))) as {
        messageId: string;
        messageType: string;
        data: unknown;
      }[];
      for (const { messageId, messageType, data } of list) {
        await this.#handle({ messageId, type: messageType, data } as Listed);
        await this.#send('PATCH', `/messages/${messageId}`);
      }
    } finally {
      await rm(this.#directory, { recursive: true });
    }
  }

  async #handle({ type, data }: Listed): Promise<void> {
    if (type === 'CreateProjectAccess') {
      const { accessIdentifier } = data;
      const credentials = { accessIdentifier, loginName: `user-${accessIdentifier}`, oneTimePassword: 'one-time' };
      await this.#send('POST', '/user-accesses', JSON.stringify(credentials));
    } else if (type === 'ResetPassword') {
      await this.#send('PATCH', `/user-accesses/${data.accessIdentifier}`, JSON.stringify('another one'));
    } else if (type === 'DataDeliveryReady') {
      for (const { fileId, fileChecksum } of data.files) await this.#download(fileId, fileChecksum);
    } else if (type === 'ReturnDataFile') {
      await this.#return(data.fileId);
    }
  }

  async #download(fileId: string, checksum: string): Promise<void> {
    const path = join(this.#directory, fileId);
    await pipeline(await this.#call('GET', `/data/${fileId}`), createWriteStream(path));
    const hash = createHash('md5');
    await pipeline(createReadStream(path), hash);
    if (hash.digest('hex') !== checksum) throw new Error(`${fileId}: wrong checksum`);
  }

  async #return(fileId: string): Promise<void> {
    const path = join(this.#directory, fileId);
    const form = new FormData();
    form.append('DataFile', new Blob([await readFile(path)]), fileId);
    const encoded = new Response(form);
    const body = Buffer.from(await encoded.arrayBuffer());
    if (body.length < (await stat(path)).size) throw new Error('the form is too short');
    await this.#send('POST', `/data/${fileId}`, body, encoded.headers.get('content-type') ?? undefined);
  }

  async #send(
    method: string,
    path: string,
    body: string | Buffer = '',
    contentType = 'application/json',
  ): Promise<void> {
    const answer = await this.#call(method, path, body, body.length > 0 ? contentType : undefined);
    answer.resume();
  }

  #call(method: string, path: string, body: string | Buffer = '', contentType?: string): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const options: RequestOptions = {
      method,
      agent: false,
      headers: {
        'x-api-key': this.#apiKey,
        'content-length': Buffer.byteLength(body),
        ...(contentType ? { 'content-type': contentType } : {}),
      },
    };
    request(`${this.#url}${path}`, options, (answer) => {
      if (answer.statusCode === 200) resolve(answer);
      else reject(new Error(`${method} ${path}: ${answer.statusCode}`));
    })
      .on('error', reject)
      .end(body);
    return promise;
  }
}
