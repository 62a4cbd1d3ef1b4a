import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { generate } from 'otplib';
import { beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { firstAdminFile } from '../../infra/local/first-admin.ts';
import { type SignedToken, tokenSchema } from '../../shared/auth/signed-token.ts';
import { Authenticator } from '../accounts/authenticator.ts';
import { runOperatorHere } from '../cli/run-operator.ts';
import { allTables, filesUnder, privateKeys, secretsFile } from './secrets.ts';
import { useGateway } from './setup.ts';

const endToEnd = useGateway({ work: false });
const waitOptions = { timeout: 30_000, interval: 100 };
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
beforeAll(async () => {
  const first = opaque.extend({ username: z.string(), password: z.string() }).omit({ token: true });
  const admin = first.parse(JSON.parse(readFileSync(firstAdminFile(endToEnd().dataDirectory), 'utf8')));
  const change = { currentPassword: admin.password, newPassword: `${password} of the admin` };
  const path = `/accounts/user/${admin.username}/password`;
  await ask('PUT', path, change, { token: await signIn(admin.username, admin.password) });
  const token = await signIn(admin.username, change.newPassword);
  const bob = { username: 'bob', autoGeneratePassword: false, password, email };
  expect(await ask('POST', '/accounts/user/bob', bob, { token })).toMatchObject({ status: 201 });
});

async function login(): Promise<SignedToken> {
  const { body } = await ask('POST', '/auth/login', { email, password });
  return z.object({ token: tokenSchema }).parse(body).token;
}

it('gives signed tokens that it accepts, with a new key too, and keeps neither tokens nor keys in the open', async () => {
  const { dataDirectory } = endToEnd();
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

  await expectNowhere('/auth/{proxy+}', [
    first.signature,
    second.signature,
    password,
    keyOfFirst ?? '',
    ...privateKeys(dataDirectory),
  ]);
});

it('takes second factors, and keeps neither their secrets nor challenges in the open', async () => {
  const factors = '/accounts/user/bob/factors';
  const token = await signIn('bob', password);
  const shown = await ask('POST', `${factors}/totp`, { password }, { token });
  const { secret } = z.object({ secret: z.string() }).parse(shown.body);
  // The code of the time step before: that of the present one signs in.
  const seconds = Math.floor(Date.now() / 1_000);
  const code = (ahead: number) => generate({ secret, epoch: seconds + ahead });
  const confirmed = await ask('POST', `${factors}/totp/confirm`, { totp: await code(-25) }, { token });
  const { recoveryCodes } = z.object({ recoveryCodes: z.array(z.string()) }).parse(confirmed.body);
  const byCode = await complete((await begin()).challenge, { totp: await code(25) });

  const key = new Authenticator({ origin: 'http://localhost:1', domain: 'localhost' });
  const begun = await ask('POST', `${factors}/passkeys/options`, { password }, { token: byCode });
  const options = z.object({ challenge: z.string() }).parse(begun.body);
  const made = { name: 'Key', response: key.create(options.challenge, 'packed') };
  expect(await ask('POST', `${factors}/passkeys`, made, { token: byCode })).toMatchObject({ status: 201 });
  const { challenge, passkey } = await begin();
  const byKey = await complete(challenge, { passkey: key.get(passkey?.challenge ?? '') });

  expect(await ask('GET', factors, undefined, { token: byKey })).toMatchObject({
    status: 200,
    body: { passkeys: [{ name: 'Key' }], recoveryCodes: 10 },
  });
  await expectNowhere('/accounts/authenticate/{proxy+}', [secret, token, byCode, byKey, challenge, ...recoveryCodes]);
});

const due = z.object({ challenge: z.string(), passkey: z.object({ challenge: z.string() }).optional() });

/** The first step of a sign-in as bob. */
const begin = async () => due.parse((await ask('POST', '/accounts/authenticate', { username: 'bob', password })).body);

/** The second step. @returns the token */
const complete = async (challenge: string, factor: object) =>
  opaque.parse((await ask('POST', '/accounts/authenticate/second-factor', { challenge, ...factor })).body).token;

/** Searches all files and tables, after the access log of a route was written. */
async function expectNowhere(route: string, secrets: readonly string[]): Promise<void> {
  const { gateway, dataDirectory } = endToEnd();
  const logged = () => filesUnder(dataDirectory).filter(([name]) => !name.endsWith(secretsFile));
  const accessLog = () => logged().find(([, content]) => content.includes(route));
  await vi.waitFor(() => expect(accessLog()).toBeDefined(), waitOptions);
  for (const [name, content] of [...logged(), ...(await allTables(gateway.endpoints))]) {
    for (const secret of secrets) expect(content.includes(secret), name).toBe(false);
  }
}
