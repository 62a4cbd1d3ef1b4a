import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { firstAdminFile } from '../../../infra/local/first-admin.ts';
import { startSimulatorProcess } from '../../../infra/local/portal/process.ts';
import { type LocalGateway, startGateway } from '../../../infra/local/runner.ts';
import { PermanentError } from '../../../shared/platform/errors.ts';
import { changeAssembly } from '../../support/assembly.ts';

/** Person who opens the console: the first admin, with the rights of an operator. */
export interface Operator {
  username: string;
  password: string;
}

export interface ConsoleGateway {
  gateway: LocalGateway;
  operator: Operator;
  /** Has the gateway receive so many more messages that nobody works on. */
  receive(messages: number): Promise<void>;
}

const apiKey = 'key-of-the-benchmark';
const password = 'a kayak on the frozen lake';

/**
 * Starts a gateway that receives messages on demand.
 *
 * @param started ends it
 */
export async function startConsoleGateway(started: AsyncDisposableStack): Promise<ConsoleGateway> {
  const directory = await mkdtemp(join(tmpdir(), 'dst-gateway-console-'));
  started.defer(() => rm(directory, { recursive: true }));
  const portal = await startSimulatorProcess({ apiKey });
  started.defer(() => portal.stop());
  const assembly = join(directory, 'assembly');
  await changeAssembly(assembly, ({ Type, Properties }) => {
    if (Type === 'AWS::Scheduler::Schedule') Properties.State = 'DISABLED';
    if (Type === 'AWS::Lambda::EventSourceMapping') Properties.Enabled = false;
  });
  const dataDirectory = join(directory, 'data');
  const gateway = await startGateway({
    assembly,
    dataDirectory,
    environment: { PORTAL_URL: portal.url, POLL_SECONDS: '60' },
    secrets: { PortalApiKeySecret: apiKey },
  });
  started.defer(() => gateway.stop());
  let received = 0;
  async function receive(messages: number): Promise<void> {
    const numbers = Array.from({ length: messages }, (_, index) => `${received + index}`);
    received += messages;
    await portal.sendMany(numbers.map((projectNo) => ({ messageType: 'CreateProject', data: { projectNo } })));
    const { functionError } = await gateway.invoke('poll');
    if (functionError) throw new PermanentError(`${functionError.errorType}: ${functionError.errorMessage}`);
  }
  return { gateway, operator: await createOperator(gateway.endpoints.api?.url ?? '', dataDirectory), receive };
}

const answered = z.object({ token: z.string().optional() });

/** Gives the first admin a password of its own, and the permission `operator`. */
async function createOperator(url: string, directory: string): Promise<Operator> {
  const first = z
    .object({ username: z.string(), password: z.string() })
    .parse(JSON.parse(readFileSync(firstAdminFile(directory), 'utf8')));
  const { username } = first;
  async function ask(method: string, path: string, body: object, token = ''): Promise<string> {
    const headers = { 'content-type': 'application/json', ...(token !== '' && { token }) };
    const answer = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new PermanentError(`${method} ${path}: ${answer.status}`);
    return answered.parse(await answer.json()).token ?? '';
  }
  const authenticate = (secret: string) => ask('POST', '/accounts/authenticate', { username, password: secret });
  const change = { currentPassword: first.password, newPassword: password };
  await ask('PUT', `/accounts/user/${username}/password`, change, await authenticate(first.password));
  await ask('POST', `/accounts/admin/${username}/operator`, {}, await authenticate(password));
  return { username, password };
}
