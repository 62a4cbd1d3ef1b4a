import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import { firstAdminFile } from '../../infra/local/first-admin.ts';
import { type SignedToken, tokenSchema } from '../../shared/auth/signed-token.ts';
import { runOperatorHere } from '../cli/run-operator.ts';
import { allTables, filesUnder, privateKeys, secretsFile } from './secrets.ts';
import { useGateway } from './setup.ts';

const endToEnd = useGateway({ work: false });
const patience = { timeout: 30_000, interval: 100 };
const password = 'canary of bob: a kayak on the lake';
const email = 'bob@centre.example';

/** Sends a body by any method: fetch sends none by GET. */
async function ask(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const url = new URL(`${endToEnd().gateway.endpoints.api?.url}${path}`);
  const sent = body === undefined ? '' : JSON.stringify(body);
  const length = String(Buffer.byteLength(sent));
  const call = request(url, {
    method,
    headers: { 'content-type': 'application/json', 'content-length': length, ...headers },
  });
  call.end(sent);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: JSON.parse(await text(response)) as unknown };
}

const opaque = z.object({ token: z.string() });

async function signIn(username: string, password: string): Promise<string> {
  return opaque.parse((await ask('POST', '/accounts/authenticate', { username, password })).body).token;
}

/** Creates `bob`. */
async function createBob(): Promise<void> {
  const first = opaque.extend({ username: z.string(), password: z.string() }).omit({ token: true });
  const admin = first.parse(JSON.parse(readFileSync(firstAdminFile(endToEnd().dataDirectory), 'utf8')));
  const change = { currentPassword: admin.password, newPassword: `${password} of the admin` };
  const path = `/accounts/user/${admin.username}/password`;
  await ask('PUT', path, change, { token: await signIn(admin.username, admin.password) });
  const token = await signIn(admin.username, change.newPassword);
  const bob = { username: 'bob', autoGeneratePassword: false, password, email };
  expect(await ask('POST', '/accounts/user/bob', bob, { token })).toMatchObject({ status: 201 });
}

async function login(): Promise<SignedToken> {
  const { body } = await ask('POST', '/auth/login', { email, password });
  return z.object({ token: tokenSchema }).parse(body).token;
}

it('gives signed tokens that it accepts, with a new key too, and keeps neither tokens nor keys in the open', async () => {
  const { gateway, dataDirectory } = endToEnd();
  await createBob();
  const first = await login();
  const [keyOfFirst] = privateKeys(dataDirectory);

  const reason = ['--yes', '--reason', 'a test', '--data-dir', dataDirectory];
  expect(await runOperatorHere(['signing-keys', 'rotate', ...reason], {})).toMatchObject({ code: 0, errors: '' });

  expect(privateKeys(dataDirectory)).toHaveLength(2);
  const second = await login();
  for (const token of [first, second]) {
    for (const method of ['GET', 'POST']) {
      expect(await ask(method, '/auth/validate', { token })).toEqual({ status: 200, body: { success: true } });
    }
    const authorization = `Bearer ${Buffer.from(JSON.stringify(token)).toString('base64url')}`;
    const session = { status: 200, body: { username: 'bob' } };
    expect(await ask('GET', '/accounts/session', undefined, { authorization })).toMatchObject(session);
  }
  await ask('POST', '/auth/validate', { token: { ...first, perm: 1 } });
  await ask('POST', '/auth/login', { email, password: `${password}?` });

  const secrets = [first.signature, second.signature, password, keyOfFirst ?? '', ...privateKeys(dataDirectory)];
  const logged = () => filesUnder(dataDirectory).filter(([name]) => !name.endsWith(secretsFile));
  const accessLog = () => logged().find(([, content]) => content.includes('/auth/{proxy+}'));
  await vi.waitFor(() => expect(accessLog()).toBeDefined(), patience);
  for (const [name, content] of [...logged(), ...(await allTables(gateway.endpoints))]) {
    for (const secret of secrets) expect(content.includes(secret), name).toBe(false);
  }
});
