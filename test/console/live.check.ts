import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect, it } from 'vitest';
import { region } from '../../infra/local/resources.ts';
import { managementSockets } from '../../shared/live/sockets.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { createManagementCall } from '../../shared/platform/management-api.ts';
import { systemClock } from '../../shared/platform/time.ts';
import { password } from '../end-to-end/api-client.ts';
import { adminOf, type ConsoleTest, expectPage, signIn, useConsole } from './console-fixture.ts';

const running = useConsole();

/** Ends all connections of the WebSocket API: Chromium leaves those alone that are open when it is offline. */
async function endConnections({ gateway: { endpoints } }: ConsoleTest): Promise<void> {
  const { credentials, dynamodb, live } = endpoints;
  const client = new DynamoDBClient({ endpoint: dynamodb.endpoint, credentials, region });
  const table = dynamodb.tables.connections ?? '';
  const sockets = managementSockets(createManagementCall(live?.callbackUrl ?? '', client.config, systemClock));
  const rows = scan<{ connectionId: string }>(DynamoDBDocumentClient.from(client), table);
  for (const { connectionId } of await Array.fromAsync(rows)) await sockets.close(connectionId);
  client.destroy();
}

it('shows what happens, and what happened while it was offline, while the machine slept and before it was live', async () => {
  const { open, portal, poll, faults } = running();
  const ask = await adminOf(running());
  const account = { username: 'eve', password, autoGeneratePassword: false, email: 'eve@x.dk' };
  expect((await ask('POST /accounts/user/eve', account)).status).toBeLessThan(300);
  expect((await ask('POST /accounts/admin/eve/operator', {})).status).toBeLessThan(300);
  const page = await open('/', { locale: 'en-US' });
  await signIn(page, 'eve', password);
  await expectPage(page, 'Overview');
  await page.getByText('Live', { exact: true }).waitFor();

  await portal.send('CreateProject', { projectNo: 'before' });
  expect(await poll()).toBeUndefined();
  await page.getByText('project#before').waitFor();

  await page.context().setOffline(true);
  await endConnections(running());
  await page.getByText('The connection is lost').waitFor();
  await portal.send('CreateProject', { projectNo: 'meanwhile' });
  expect(await poll()).toBeUndefined();
  await page.context().setOffline(false);
  await page.getByText('project#meanwhile').waitFor();
  // In the language of the page, whatever the browser's is.
  const caughtUp = page.getByText(/^Connected again at \d{2}:\d{2}:\d{2}\./);
  await caughtUp.waitFor();
  await page.getByRole('button', { name: 'Close notice' }).click();

  // A second page of the same session, on a machine that sleeps for an hour.
  const other = await page.context().newPage();
  await other.clock.install();
  // Its connection waits: what it has read is older than the connection.
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  await other.route('**/accounts/session/live-token', async (route) => {
    asked.resolve();
    await released.promise;
    await route.continue();
  });
  await other.goto(running().url);
  const incidents = other.locator('main').getByRole('link', { name: /^[0-9]+$/ });
  await incidents.filter({ hasText: '0' }).waitFor();
  await asked.promise;
  await portal.send('CreateUnicorn', { size: 1 });
  expect(await poll()).toBeUndefined();
  await page.locator('main').getByRole('link', { name: '1', exact: true }).waitFor();
  released.resolve();
  await incidents.filter({ hasText: '1' }).waitFor();
  await other.getByText('Live', { exact: true }).waitFor();
  await other.clock.fastForward('01:00:00');
  await other.getByText(/^Connected again at/).waitFor();

  const hostile = '<img src=x onerror=alert(1)>"><script>alert(2)</script>';
  await portal.send('CreateProject', { projectNo: hostile });
  expect(await poll()).toBeUndefined();
  await other.getByText(`project#${hostile}`).waitFor();
  await page.getByText(`project#${hostile}`).waitFor();
  expect(await page.locator('img').count()).toBe(0);
  expect(faults).toEqual([]);
});
