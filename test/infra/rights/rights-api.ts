import { readFileSync } from 'node:fs';
import { generate } from 'otplib';
import { z } from 'zod';
import { playProcesses } from './rights-processes.ts';
import { playWorkspaces } from './rights-workspaces.ts';

const tokens = z.object({ token: z.string(), refreshToken: z.string().optional() });

/**
 * Sends requests to the HTTP API that need all that its functions may do.
 *
 * @param signedIn done with the token of the first admin
 */
export async function playApi<Result>(
  url: string,
  adminFile: string,
  signedIn: (token: string) => Promise<Result>,
): Promise<Result> {
  const { username, password } = z
    .object({ username: z.string(), password: z.string() })
    .parse(JSON.parse(readFileSync(adminFile, 'utf8')));
  let token = '';
  const ask = async (
    request: string,
    body?: object,
    statuses: readonly number[] = [200, 201],
    headers: Record<string, string> = {},
  ): Promise<unknown> => {
    const [method = '', path = ''] = request.split(' ');
    const response = await fetch(`${url.replace(/\/$/, '')}${path.startsWith('/auth/') ? '' : '/accounts'}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token !== '' && { token }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!statuses.includes(response.status)) throw new Error(`${request}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  const signIn = async (password: string) =>
    tokens.parse(await ask('POST /authenticate', { username, password, refresh: true }));
  ({ token } = await signIn(password));
  const newPassword = 'a kayak on the frozen lake';
  await ask(`PUT /user/${username}/password`, { currentPassword: password, newPassword });
  token = '';
  const { refreshToken } = await signIn(newPassword);
  ({ token } = tokens.parse(await ask('POST /refresh', { refreshToken })));
  await ask('POST /user/bob', { username: 'bob', autoGeneratePassword: true, email: 'bob@centre.example' });
  await ask('GET /admin/users');
  await playTokens(ask, username, newPassword);
  await claimToBeCloudFront(url);
  await ask('PUT /admin/organizations/clinic', { supportedServices: [1], members: ['bob'], details: {} });
  await playProcesses(url, async (cookie) => {
    const body = { username, password: newPassword };
    return tokens.parse(await ask('POST /authenticate', body, [200], { cookie })).token;
  });
  await playWorkspaces(url, token, { username, password: newPassword });
  await ask('DELETE /user/bob');
  await ask(`POST /admin/${username}/operator`);
  await ask('PATCH /admin/permissions/operator', { secondFactorRequired: true });
  const { secret } = z
    .object({ secret: z.string() })
    .parse(await ask(`POST /user/${username}/factors/totp`, { password: newPassword }));
  // The code of the time step before: that of the present one signs in.
  const seconds = Math.floor(Date.now() / 1_000);
  await ask(`POST /user/${username}/factors/totp/confirm`, { totp: await generate({ secret, epoch: seconds - 25 }) });
  token = '';
  const { challenge } = z
    .object({ challenge: z.string() })
    .parse(await ask('POST /authenticate', { username, password: newPassword }, [403]));
  const totp = await generate({ secret, epoch: seconds + 25 });
  ({ token } = tokens.parse(await ask('POST /authenticate/second-factor', { challenge, totp })));
  await ask(`GET /user/${username}/sessions`);
  const result = await signedIn(token);
  await ask('POST /sign-out');
  return result;
}

/** Requests whose secret is read and compared: each function does, before it looks for a token. */
async function claimToBeCloudFront(url: string): Promise<void> {
  const headers = { 'x-origin-verify': 'guessed', 'true-client-ip': '192.0.2.1' };
  for (const path of ['/accounts/session', '/auth/validate', '/processes/public/createProjectID', '/uws/job_types'])
    await (await fetch(`${url.replace(/\/$/, '')}${path}`, { headers })).text();
}

/** Signed tokens of the first admin. */
async function playTokens(
  ask: (request: string, body: object) => Promise<unknown>,
  username: string,
  password: string,
): Promise<void> {
  const email = 'admin@centre.example';
  await ask(`PATCH /admin/users/${username}`, { email });
  await ask('POST /auth/login', { email, password: 'wrong' });
  const { token } = z.object({ token: z.unknown() }).parse(await ask('POST /auth/login', { email, password }));
  await ask('POST /auth/validate', { token });
}
