import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Agent, FormData, fetch, type Response } from 'undici';
import type { MessageContent } from '../../shared/portal/message-schema.ts';

interface Item {
  messageId: string;
  messageType: string;
  data: unknown;
}

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
      const list = await this.#call('GET', '/messages', (answer) => answer.json() as Promise<Item[]>);
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
    await this.#call('GET', `/data/${fileId}`, (answer) => pipeline(answer.body ?? [], createWriteStream(path)));
    const hash = createHash('md5');
    await pipeline(createReadStream(path), hash);
    if (hash.digest('hex') !== checksum) throw new Error(`${fileId}: wrong checksum`);
  }

  async #return(fileId: string): Promise<void> {
    const form = new FormData();
    form.append('DataFile', new Blob([await readFile(join(this.#directory, fileId))]), fileId);
    await this.#send('POST', `/data/${fileId}`, form);
  }

  async #send(method: string, path: string, body?: string | FormData): Promise<void> {
    await this.#call(method, path, (answer) => answer.text(), body);
  }

  async #call<Result>(
    method: string,
    path: string,
    read: (answer: Response) => Promise<Result>,
    body?: string | FormData,
  ): Promise<Result> {
    const connection = new Agent();
    try {
      const answer = await fetch(`${this.#url}${path}`, {
        method,
        headers: {
          'x-api-key': this.#apiKey,
          ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
        },
        body: body ?? null,
        dispatcher: connection,
      });
      if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status}`);
      return await read(answer);
    } finally {
      await connection.close();
    }
  }
}
