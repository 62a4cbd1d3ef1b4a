import { createServer, type Socket } from 'node:net';
import { TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { region } from '../../infra/local/resources.ts';
import {
  type Actions,
  type JsonServer,
  ServiceError,
  startJsonServer,
} from '../../infra/local/services/json-server.ts';
import { createDatabase } from '../../shared/platform/clients.ts';

const actions: Actions = {};
let server: JsonServer;

beforeAll(async () => {
  server = await startJsonServer(actions);
  Object.assign(process.env, {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_ENDPOINT_URL_DYNAMODB: server.endpoint,
  });
  return () => server[Symbol.asyncDispose]();
});

/** A DynamoDB whose transactions stand in the way of the first so many writes. */
function setUp(conflicts: number) {
  const seen = { requests: 0 };
  actions['DynamoDB_20120810.UpdateItem'] = () => {
    seen.requests += 1;
    if (seen.requests > conflicts) return {};
    throw new ServiceError(`com.amazonaws.dynamodb.v20120810#${TransactionConflictException.name}`, 'conflict');
  };
  const db = createDatabase();
  onTestFinished(() => db.destroy());
  const write = () => db.send(new UpdateCommand({ TableName: 'files', Key: { fileId: 'a' } }));
  return { seen, write };
}

describe('a write that meets a transaction', () => {
  it('is sent again', async () => {
    const { seen, write } = setUp(2);
    await write();
    expect(seen.requests).toBe(3);
  });

  it('fails when the transactions do not end', async () => {
    const { seen, write } = setUp(99);
    await expect(write()).rejects.toThrow(TransactionConflictException);
    expect(seen.requests).toBe(5);
  });
});

describe('a request whose connection is lost', () => {
  it.each([
    ['closed', (socket: Socket) => void socket.end()],
    ['destroyed', (socket: Socket) => void socket.destroy()],
    ['reset', (socket: Socket) => void socket.resetAndDestroy()],
  ])('is sent again: %s', async (_, lose) => {
    let requests = 0;
    const broken = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => {
        requests += 1;
        lose(socket);
      });
    });
    await new Promise<void>((listening) => broken.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void broken.close());
    const address = broken.address();
    const port = typeof address === 'object' ? address?.port : 0;
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${port}`);
    onTestFinished(() => void vi.unstubAllEnvs());
    const db = createDatabase();
    onTestFinished(() => db.destroy());

    await expect(db.send(new UpdateCommand({ TableName: 'files', Key: { fileId: 'a' } }))).rejects.toThrow();

    expect(requests).toBe(5);
  });
});
