import { expect, it } from 'vitest';
import { password } from '../end-to-end/api-client.ts';
import { adminOf, expectPage, signIn, useConsole } from './console-fixture.ts';

const running = useConsole();

it('shows what becomes of the last message, and of polls that find nothing', async () => {
  const { open, portal, poll, gateway, faults } = running();
  const ask = await adminOf(running());
  expect((await ask('POST /accounts/admin/administrator/operator', {})).status).toBeLessThan(300);
  await portal.setFaults({ rules: [{ kind: 'status', status: 503, calls: ['PATCH /messages/{id}'] }] });
  await portal.send('CreateProject', { projectNo: '1001' });
  expect(await poll()).toBeUndefined();
  const idle = { messages: 0, invocations: 0, executions: 0 };
  await expect.poll(() => gateway.activity(), { timeout: 60_000 }).toEqual(idle);

  const page = await open();
  await signIn(page, 'administrator', password);
  await expectPage(page, 'Overview');
  await page.getByText('Live', { exact: true }).waitFor();
  const done = page.getByRole('link', { name: '1 done' });
  await done.waitFor();
  const list = await page.context().newPage();
  await list.goto(`${running().url}/console/messages`);
  await list.getByRole('cell', { name: 'done' }).waitFor();
  await list.getByText('Live', { exact: true }).waitFor();

  // The mark is no event.
  await portal.clearFaults();
  expect(await poll()).toBeUndefined();
  expect(await portal.pending()).toBe(0);
  await done.waitFor({ state: 'detached', timeout: 30_000 });
  await list.getByText('No such messages').waitFor({ timeout: 30_000 });

  // Nor does a poll follow the mark that a function makes.
  await portal.setFaults({ rules: [{ kind: 'latency', milliseconds: 1_000, calls: ['PATCH /messages/{id}'] }] });
  await portal.send('CreateProject', { projectNo: '1002' });
  expect(await poll()).toBeUndefined();
  await done.waitFor({ timeout: 30_000 });
  await done.waitFor({ state: 'detached', timeout: 30_000 });

  // Nor is a poll an event.
  const polls = page.locator('main time').first();
  const before = await polls.getAttribute('datetime');
  expect(await poll()).toBeUndefined();
  await expect.poll(() => polls.getAttribute('datetime'), { timeout: 30_000 }).not.toBe(before);
  expect(faults).toEqual([]);
});
