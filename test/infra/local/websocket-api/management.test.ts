import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { describe, expect, it, vi } from 'vitest';
import { type TestApi, useWebSocketApis } from './websocket-fixture.ts';

const serve = useWebSocketApis();

const post = ({ management }: TestApi, ConnectionId: string, Data: string | Uint8Array) =>
  management.send(new PostToConnectionCommand({ ConnectionId, Data }));

describe('a message to a connection', () => {
  it('reaches its client, in the order of the posts, and no other', async () => {
    const api = await serve();
    const [one, other] = [await api.connect(), await api.connect()];
    for (const text of ['{"a":"æ"}', 'second', '']) await post(api, one.connectionId, text);
    await post(api, other.connectionId, 'for the other');
    await vi.waitFor(() => expect(one.received).toEqual(['{"a":"æ"}', 'second', '']));
    expect(other.received).toEqual(['for the other']);
  });

  it('has 128 KB at most, in frames of 32 KB', async () => {
    const api = await serve();
    const { connectionId, received } = await api.connect();
    const longest = 'æ'.repeat(64 * 1_024);
    await post(api, connectionId, longest);
    await vi.waitFor(() => expect(received).toEqual([longest]));
    await expect(post(api, connectionId, `${longest}x`)).rejects.toMatchObject({
      name: 'PayloadTooLargeException',
      $metadata: { httpStatusCode: 413 },
    });
    await expect(post(api, connectionId, 'x'.repeat(8_000_000))).rejects.toThrow();
  });

  it('of a client that is gone, or never was, is refused with 410', async () => {
    const api = await serve();
    const { socket, closed, connectionId } = await api.connect();
    socket.close();
    await closed;
    const gone = { name: 'GoneException', $metadata: { httpStatusCode: 410 } };
    await vi.waitFor(() => expect(post(api, connectionId, 'x')).rejects.toMatchObject(gone));
    await expect(post(api, 'AAAAAAAAAAAAAAA=', 'x')).rejects.toMatchObject(gone);
  });

  it('with an id of another form is refused with 400', async () => {
    const api = await serve();
    await expect(post(api, 'someone', 'x')).rejects.toThrow('Invalid connectionId: someone');
  });

  it('is refused with 429 while the client does not read', async () => {
    const api = await serve();
    const { socket, connectionId } = await api.connect();
    socket.pause();
    const flood = async () => {
      for (let count = 0; count < 1_000; count++) await post(api, connectionId, 'x'.repeat(100_000));
    };
    await expect(flood()).rejects.toMatchObject({
      name: 'LimitExceededException',
      $metadata: { httpStatusCode: 429 },
    });
    socket.resume();
    await vi.waitFor(() => post(api, connectionId, 'it reads again'), { timeout: 5_000 });
  });
});

describe('a connection', () => {
  it('is described', async () => {
    const api = await serve();
    const { connectionId } = await api.connect();
    const describe = () => api.management.send(new GetConnectionCommand({ ConnectionId: connectionId }));
    const first = await describe();
    expect(first).toMatchObject({
      ConnectedAt: expect.any(Date),
      LastActiveAt: expect.any(Date),
      Identity: { SourceIp: '127.0.0.1' },
    });
    await vi.waitFor(async () => {
      await post(api, connectionId, 'x');
      expect((await describe()).LastActiveAt?.getTime()).toBeGreaterThan(Number(first.LastActiveAt));
    });
  });

  it('is closed normally, and gone at once', async () => {
    const api = await serve();
    const { connectionId, closed } = await api.connect();
    await api.management.send(new DeleteConnectionCommand({ ConnectionId: connectionId }));
    await expect(post(api, connectionId, 'x')).rejects.toMatchObject({ name: 'GoneException' });
    expect(await closed).toEqual({ code: 1000, reason: '' });
    expect(api.events.at(-1)?.requestContext).toMatchObject({
      eventType: 'DISCONNECT',
      disconnectStatusCode: 1000,
      disconnectReason: 'Connection Closed Normally',
    });
  });

  it('gets what was posted before it was closed', async () => {
    const api = await serve();
    const { connectionId, closed, received } = await api.connect();
    await post(api, connectionId, 'why');
    await api.management.send(new DeleteConnectionCommand({ ConnectionId: connectionId }));
    await closed;
    expect(received).toEqual(['why']);
  });
});

describe('who may post', () => {
  it('is who signs with the secret', async () => {
    const api = await serve();
    const { connectionId, received } = await api.connect();
    const stranger = new ApiGatewayManagementApiClient({
      endpoint: api.callbackUrl,
      credentials: { accessKeyId: 'local', secretAccessKey: 'guessed' },
      region: 'eu-north-1',
    });
    await expect(post({ ...api, management: stranger }, connectionId, 'x')).rejects.toMatchObject({
      name: 'ForbiddenException',
      $metadata: { httpStatusCode: 403 },
    });
    const url = `${api.callbackUrl}/@connections/${encodeURIComponent(connectionId)}`;
    for (const method of ['POST', 'GET', 'DELETE']) expect(await fetch(url, { method })).toMatchObject({ status: 403 });
    expect(received).toEqual([]);
  });

  it('finds nothing at other paths', async () => {
    const api = await serve();
    for (const path of ['', '/', '/@connections', '/%zz'])
      expect(await fetch(`${api.callbackUrl}${path}`)).toMatchObject({ status: 403 });
  });
});
