import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

export interface Page {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

/**
 * As much of a browser as the test needs: it follows redirects, keeps cookies, and resolves every name below `localhost` to this
 * machine, as browsers do.
 */
export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #host: string;
  readonly #port: number;

  /** @param origin of the job */
  constructor(origin: string) {
    const { host, port } = new URL(origin);
    this.#host = host;
    this.#port = Number(port);
  }

  async open(path: string, { method = 'GET', headers = {}, body = '' } = {}): Promise<Page> {
    const request = send({
      ...{ host: '127.0.0.1', port: this.#port, path, method, agent: false },
      headers: { ...this.#headers(), ...headers, 'content-length': Buffer.byteLength(body) },
    });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    for (const cookie of response.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.cookies.set(name, value);
    }
    const page = { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
    const { location } = response.headers;
    return page.status === 303 && location !== undefined ? this.open(location) : page;
  }

  /** Sends JSON as JupyterLab's page does. */
  async post(path: string, body: object): Promise<Page> {
    const token = { 'x-xsrftoken': this.cookies.get('_xsrf') ?? '' };
    return this.open(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: `http://${this.#host}`, ...token },
      body: JSON.stringify(body),
    });
  }

  async connect(path: string): Promise<WebSocket> {
    const headers = { ...this.#headers(), origin: `http://${this.#host}` };
    const socket = new WebSocket(`ws://127.0.0.1:${this.#port}${path}`, { headers });
    onTestFinished(() => socket.terminate());
    await once(socket, 'open');
    return socket;
  }

  #headers() {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ');
    return { host: this.#host, ...(cookie !== '' && { cookie }) };
  }
}
