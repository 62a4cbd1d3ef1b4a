import { expect, it, vi } from 'vitest';
import { LiveClient, type Received } from '../live/live-client.ts';
import { askOf, becomeAdmin, createOperator } from './api-client.ts';
import { useGateway } from './setup.ts';

const endToEnd = useGateway();
const patience = { timeout: 60_000, interval: 10 };
const features = ['id', 'order', 'resume'];

const connect = () => LiveClient.connect(endToEnd().gateway.endpoints.live?.url ?? '');

async function nextEvent(client: LiveClient, subject: string): Promise<Received> {
  for (;;) {
    const message = await client.receive();
    if (message.action === 'event' && Reflect.get(Object(message.event), 'subject') === subject) return message;
  }
}

it('reaches an operator as it happens, and no more after the account is blocked', async () => {
  const { portal, poll, failures } = endToEnd();
  const { gateway, dataDirectory } = endToEnd();
  const ask = askOf(gateway.endpoints.api?.url ?? '', () => '');
  const admin = await becomeAdmin(ask, dataDirectory);
  const token = await createOperator(ask, 'eve', admin);
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

  await ask('PATCH /accounts/admin/users/eve', { blockLogin: true, blockLoginReason: 'gone' }, { token: admin });
  const blocked = performance.now();
  await Promise.all([eve.closed, again.closed]);
  expect(performance.now() - blocked).toBeLessThan(1_000);
  expect(await (await connect()).ask({ action: 'auth', token })).toMatchObject({ success: false, comment: 'Expired' });
  // The watch has ended with the last connection.
  await vi.waitFor(async () => expect((await endToEnd().gateway.activity()).invocations).toBe(0), patience);
  expect(failures).toEqual([]);
});
