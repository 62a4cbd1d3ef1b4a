import { expect, it } from 'vitest';
import { password } from '../end-to-end/api-client.ts';
import { adminOf, expectPage, signIn, useConsole } from './console-fixture.ts';

const running = useConsole();

it('shows what happens, and after a time offline what happened meanwhile, and says so', async () => {
  const { open, portal, poll, faults } = running();
  const ask = await adminOf(running());
  const account = { username: 'eve', password, autoGeneratePassword: false, email: 'eve@x.dk' };
  expect((await ask('POST /accounts/user/eve', account)).status).toBeLessThan(300);
  expect((await ask('POST /accounts/admin/eve/operator', {})).status).toBeLessThan(300);
  const page = await open();
  await signIn(page, 'eve', password);
  await expectPage(page, 'Overview');
  await page.getByRole('button', { name: 'Live' }).waitFor();

  await portal.send('CreateProject', { projectNo: 'before' });
  expect(await poll()).toBeUndefined();
  await page.getByText('project#before').waitFor();

  // Chromium leaves open WebSockets alone when it is offline, so the server's side of them is cut as well.
  const connection = page.waitForEvent('websocket');
  await page.context().setOffline(true);
  await page.reload().catch(() => {});
  await page.context().setOffline(false);
  await page.reload();
  await connection;
  await expectPage(page, 'Overview');

  const hostile = '<img src=x onerror=alert(1)>"><script>alert(2)</script>';
  await portal.send('CreateProject', { projectNo: hostile });
  expect(await poll()).toBeUndefined();
  await page.getByText(`project#${hostile}`).waitFor();
  expect(await page.locator('img').count()).toBe(0);
  expect(faults).toEqual([]);
});
