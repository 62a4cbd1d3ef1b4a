import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, it, onTestFinished } from 'vitest';
import { authorization } from '../../shared/platform/sign.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

/** What the SDK sends. */
async function sentBySdk(region: string, sessionToken?: string) {
  const sent = Promise.withResolvers<{ headers: IncomingMessage['headers']; body: string }>();
  const server = createServer(async (request, response) => {
    sent.resolve({ headers: request.headers, body: await text(request) });
    response.end('{}');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const given = { ...credentials, ...(sessionToken ? { sessionToken } : {}) };
  const client = new SecretsManagerClient({ region, endpoint, credentials: given });
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  await client.send(new GetSecretValueCommand({ SecretId: 'søknad  with spaces' }));
  return sent.promise;
}

it.each([
  ['eu-north-1', undefined],
  ['us-east-1', 'session/token=='],
])('a signature is the one that the SDK makes of the same request (%s)', async (region, sessionToken) => {
  const { headers, body } = await sentBySdk(region, sessionToken);
  const signedNames = /SignedHeaders=([^,]+)/.exec(`${headers.authorization}`)?.[1]?.split(';') ?? [];
  const signed = Object.fromEntries(signedNames.map((name) => [name, `${headers[name]}`]));

  expect(authorization({ headers: signed, body }, credentials, region, 'secretsmanager')).toBe(headers.authorization);

  expect(signedNames).toEqual(expect.arrayContaining(['host', 'x-amz-date', 'x-amz-target']));
  expect(signedNames.includes('x-amz-security-token')).toBe(sessionToken !== undefined);
});
