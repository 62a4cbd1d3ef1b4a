import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { z } from 'zod';
import { firstAdminFile } from '../../infra/local/first-admin.ts';

export interface Answer {
  status: number;
  body: unknown;
}

/** @param request method and path */
export type Ask = (request: string, body?: object, headers?: Record<string, string>) => Promise<Answer>;

/** Password of every account of a test. */
export const password = 'a kayak on the frozen lake';

const adminSchema = z.object({ username: z.string(), password: z.string() });

/** Asks the HTTP API of a gateway. @param token nothing while there is none */
export const askOf =
  (url: string, token: () => string): Ask =>
  async (request, body, headers = {}) => {
    const [method = '', path = ''] = request.split(' ');
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token() !== '' && { token: token() }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };

/** @returns a token */
async function signIn(ask: Ask, username: string, secret = password): Promise<string> {
  const { body } = await ask('POST /accounts/authenticate', { username, password: secret });
  return z.object({ token: z.string() }).parse(body).token;
}

/** Signs in as the first admin, whose password must be changed. @returns a token */
export async function becomeAdmin(ask: Ask, directory: string): Promise<string> {
  const { username, password: first } = adminSchema.parse(JSON.parse(readFileSync(firstAdminFile(directory), 'utf8')));
  const token = await signIn(ask, username, first);
  const change = { currentPassword: first, newPassword: password };
  expect(await ask(`PUT /accounts/user/${username}/password`, change, { token })).toMatchObject({ status: 200 });
  return signIn(ask, username);
}

/** Creates an operator. @param admin token of an admin. @returns a token of the operator */
export async function createOperator(ask: Ask, username: string, admin: string): Promise<string> {
  const account = { username, password, autoGeneratePassword: false, email: `${username}@x.dk` };
  const headers = { token: admin };
  expect((await ask(`POST /accounts/user/${username}`, account, headers)).status).toBeLessThan(300);
  expect((await ask(`POST /accounts/admin/${username}/operator`, {}, headers)).status).toBeLessThan(300);
  return signIn(ask, username);
}
