import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { anyCredentials } from '../../../../infra/local/services/guard.ts';
import { managementSockets } from '../../../../shared/live/sockets.ts';
import { type CallerConfig, createManagementCall } from '../../../../shared/platform/management-api.ts';
import { sign } from '../../../../shared/platform/signer.ts';
import { type Clock, systemClock } from '../../../../shared/platform/time.ts';
import { useWebSocketApis } from './websocket-fixture.ts';

const startApi = useWebSocketApis();

const impatient: Clock = { ...systemClock, sleep: async () => {} };

const socketsOf = (callbackUrl: string, caller: CallerConfig) =>
  managementSockets(createManagementCall(callbackUrl, caller, impatient));

/** A management API that answers as a test says. */
async function serve(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close().closeAllConnections());
  await once(server, 'listening');
  const caller = { region: async () => 'eu-north-1', credentials: async () => anyCredentials };
  return socketsOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}/live`, caller);
}

describe('a text for a connection', () => {
  it('is posted, and the connection closed, by signed calls', async () => {
    const { callbackUrl, caller, connect } = await startApi();
    const client = await connect();
    const sockets = socketsOf(callbackUrl, caller);
    expect(await sockets.post(client.connectionId, '{"text":"blåbær"}')).toBe(true);
    expect(await client.next()).toBe('{"text":"blåbær"}');
    await sockets.close(client.connectionId);
    expect(await client.closed).toMatchObject({ code: 1000 });
    expect(await sockets.post(client.connectionId, 'more')).toBe(false);
    await sockets.close(client.connectionId);
  });

  it('is refused to who has other keys, without showing them', async () => {
    const { callbackUrl, caller, connect } = await startApi();
    const client = await connect();
    const credentials = { ...(await caller.credentials()), secretAccessKey: 'of somebody else' };
    const sockets = socketsOf(callbackUrl, { ...caller, credentials: async () => credentials });
    await expect(sockets.post(client.connectionId, 'text')).rejects.toThrow(/^API Gateway: status 403$/);
  });

  it('is posted again after a failure of API Gateway or of the network, and given up at the third', async () => {
    let calls = 0;
    const sockets = await serve((request, response) => {
      calls += 1;
      if (calls % 3 === 1) request.socket.destroy();
      else response.writeHead(calls % 3 === 2 ? 500 : calls > 3 ? 503 : 200).end();
    });
    expect(await sockets.post('c', 'text')).toBe(true);
    expect(calls).toBe(3);
    await expect(sockets.post('c', 'text')).rejects.toMatchObject({
      retryable: true,
      message: 'API Gateway: status 503',
    });
    expect(calls).toBe(6);
  });

  it('is not posted again to a client that reads too slowly', async () => {
    let calls = 0;
    const sockets = await serve((_, response) => {
      calls += 1;
      response.writeHead(429).end();
    });
    await expect(sockets.post('c', 'text')).rejects.toMatchObject({ retryable: true });
    expect(calls).toBe(1);
  });
});

it('signs as the SDK does', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'Z', '0', '-', '_', '=', '+', ' ', 'æ') });
  const request = fc.record({ stage: text, id: text, body: fc.string(), token: fc.option(fc.base64String()) });
  await fc.assert(
    fc.asyncProperty(
      request,
      fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }),
      async (made, at) => {
        const credentials = {
          accessKeyId: 'key',
          secretAccessKey: made.stage,
          ...(made.token && { sessionToken: made.token }),
        };
        const path = `/${encodeURIComponent(made.stage)}x/@connections/${encodeURIComponent(made.id)}x`;
        const signing = { service: 'execute-api', region: 'eu-north-1', credentials };
        const signer = new SignatureV4({ ...signing, sha256: Sha256, applyChecksum: false });
        const expected = await signer.sign(
          { method: 'POST', protocol: 'https:', hostname: 'h', path, headers: { host: 'h' }, body: made.body },
          { signingDate: at },
        );
        expect(sign({ method: 'POST', host: 'h', path, body: made.body }, signing, at.getTime())).toEqual(
          expected.headers,
        );
      },
    ),
  );
});

class Sha256 {
  readonly #hash;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key as string | Buffer);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  digest = async (): Promise<Uint8Array> => this.#hash.digest();

  reset(): void {}
}
