import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import { firstAdminFile } from '../../infra/local/first-admin.ts';
import { LiveClient, type Received } from '../live/live-client.ts';
import { useGateway } from './setup.ts';

const endToEnd = useGateway();
const patience = { timeout: 60_000, interval: 10 };
const password = 'a kayak on the frozen lake';
const features = ['id', 'order', 'resume'];

async function ask(request: string, body: object, token?: string): Promise<Record<string, unknown>> {
  const [method = '', path = ''] = request.split(' ');
  const response = await fetch(`${endToEnd().gateway.endpoints.api?.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(token !== undefined && { token }) },
    body: JSON.stringify(body),
  });
  const answer = z.record(z.string(), z.unknown()).parse(await response.json());
  expect(response.status, `${request}: ${JSON.stringify(answer)}`).toBeLessThan(300);
  return answer;
}

const signIn = async (username: string, secret: string): Promise<string> =>
  String((await ask('POST /accounts/authenticate', { username, password: secret })).token);

/** The first admin, who has changed the password. */
async function becomeAdmin(): Promise<string> {
  const file = JSON.parse(readFileSync(firstAdminFile(endToEnd().dataDirectory), 'utf8'));
  const first = z.object({ username: z.string(), password: z.string() }).parse(file);
  const token = await signIn(first.username, first.password);
  const change = { currentPassword: first.password, newPassword: password };
  await ask(`PUT /accounts/user/${first.username}/password`, change, token);
  return signIn(first.username, password);
}

const connect = () => LiveClient.connect(endToEnd().gateway.endpoints.live?.url ?? '');

async function nextEvent(client: LiveClient, subject: string): Promise<Received> {
  for (;;) {
    const message = await client.receive();
    if (message.action === 'event' && Reflect.get(Object(message.event), 'subject') === subject) return message;
  }
}

it('reaches an operator as it happens, and no more after the account is blocked', async () => {
  const { portal, poll, failures } = endToEnd();
  const admin = await becomeAdmin();
  await ask(
    'POST /accounts/user/eve',
    { username: 'eve', password, autoGeneratePassword: false, email: 'eve@x.dk' },
    admin,
  );
  await ask('POST /accounts/admin/eve/operator', {}, admin);
  const token = await signIn('eve', password);
  const eve = await connect();
  const { epoch, success } = await eve.ask({ action: 'auth', token, features });
  expect(success).toBe(true);

  const ids = Array.from({ length: 20 }, (_, index) => index + 1);
  for (const id of ids) eve.send({ action: 'ping', id });
  const answered: unknown[] = [];
  while (answered.length < ids.length) {
    const message = await eve.receive();
    if (message.action === 'ping') answered.push(message.id);
  }
  expect(answered).toEqual(ids);

  await portal.send('CreateProject', { projectNo: 'p' });
  const created = nextEvent(eve, 'project#p');
  expect(await poll()).toBeUndefined();
  const { offset } = await created;
  const again = await connect();
  expect(
    await again.ask({ action: 'auth', token, features, resume: { epoch, offset: Number(offset) - 1 } }),
  ).toMatchObject({
    recovered: true,
  });
  expect(await again.receive()).toMatchObject({ action: 'event', offset, event: { subject: 'project#p' } });

  await ask('PATCH /accounts/admin/users/eve', { blockLogin: true, blockLoginReason: 'gone' }, admin);
  const blocked = performance.now();
  await Promise.all([eve.closed, again.closed]);
  expect(performance.now() - blocked).toBeLessThan(1_000);
  expect(await (await connect()).ask({ action: 'auth', token })).toMatchObject({ success: false, comment: 'Expired' });
  // The watch has ended with the last connection.
  await vi.waitFor(async () => expect((await endToEnd().gateway.activity()).invocations).toBe(0), patience);
  expect(failures).toEqual([]);
});
