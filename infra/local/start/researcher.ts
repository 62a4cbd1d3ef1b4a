import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { PermanentError } from '../../../shared/platform/errors.ts';
import type { SimulatorSnapshot } from '../portal/simulator.ts';

/** Milliseconds between two looks at the portal, and between two requests of a researcher at work. */
const interval = 50;

/** Use of the HTTP API by a researcher until a revocation. Times are milliseconds since 1970. */
export interface Use {
  /** Requests that the API answered with the researcher's own password. */
  answered: number;
  /** When the last of them was sent. */
  lastSentAt: number;
  /** When the next one was refused. */
  refusedAt: number;
}

export interface ResearcherProps {
  portal: { snapshot(): Promise<Pick<SimulatorSnapshot, 'credentials'>> };
  /** URL of the HTTP API. */
  api: string;
  accessIdentifier: string;
  /** Called with each step, as a sentence. */
  onStep: (step: string) => void;
  signal: AbortSignal;
}

/** A researcher who is signed in with a password of their own. */
export interface Researcher {
  /** Sends requests until the token is refused. */
  workUntilRefused(): Promise<Use>;
}

/**
 * Signs in with the one-time password that the portal got, and sets an own password, without which nothing else is answered.
 *
 * @throws PermanentError naming the step that the API answers otherwise
 */
export async function signInResearcher(props: ResearcherProps): Promise<Researcher> {
  const { accessIdentifier, onStep, signal } = props;
  const { loginName, oneTimePassword } = await credentialsOf(props);
  const account = `/accounts/user/${loginName}`;
  const first = tokenSchema.parse(
    await ask(props, 200, 'POST', '/accounts/authenticate', undefined, {
      username: loginName,
      password: oneTimePassword,
    }),
  );
  if (!first.changePassword) throw new PermanentError('the one-time password opens more than its change');
  await ask(props, 403, 'GET', account, first.token);
  onStep(`${accessIdentifier} signs in with the one-time password: nothing opens before its change`);
  const own = randomBytes(18).toString('base64url');
  const passwords = { currentPassword: oneTimePassword, newPassword: own };
  await ask(props, 200, 'PUT', `${account}/password`, first.token, passwords);
  const credentials = { username: loginName, password: own };
  const { token } = tokenSchema.parse(await ask(props, 200, 'POST', '/accounts/authenticate', undefined, credentials));
  await ask(props, 200, 'GET', account, token);
  onStep(`${accessIdentifier} signs in with a password of their own, and works`);
  return {
    async workUntilRefused() {
      for (const use = { answered: 0, lastSentAt: 0 }; ; await delay(interval, undefined, { signal })) {
        const sentAt = Date.now();
        const { status } = await send(props, 'GET', account, token);
        if (status === 401) return { ...use, refusedAt: Date.now() };
        if (status !== 200) throw new PermanentError(`GET ${account} answers ${status}, not 200 or 401`);
        use.answered += 1;
        use.lastSentAt = sentAt;
      }
    },
  };
}

const tokenSchema = z.object({ token: z.string(), changePassword: z.boolean().default(false) });

async function credentialsOf({ portal, accessIdentifier, signal }: ResearcherProps) {
  for (;;) {
    const { credentials } = await portal.snapshot();
    const { loginName, oneTimePassword } = credentials.get(accessIdentifier)?.at(-1) ?? {};
    if (loginName !== undefined && oneTimePassword !== undefined) return { loginName, oneTimePassword };
    await delay(interval, undefined, { signal });
  }
}

async function ask(
  props: ResearcherProps,
  expected: number,
  ...request: [method: string, path: string, token?: string, body?: object]
): Promise<unknown> {
  const { status, body } = await send(props, ...request);
  if (status === expected) return body;
  const [method, path] = request;
  throw new PermanentError(`${method} ${path} answers ${status}, not ${expected}`);
}

async function send({ api, signal }: ResearcherProps, method: string, path: string, token?: string, body?: object) {
  const response = await fetch(`${api}${path}`, {
    method,
    signal,
    headers: { ...(token !== undefined && { token }), ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as unknown };
}
