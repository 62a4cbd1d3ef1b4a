import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { password } from '../end-to-end/api-client.ts';
import { adminOf, expectPage, signIn, useConsole } from './console-fixture.ts';

const running = useConsole();
let ask: Awaited<ReturnType<typeof adminOf>>;

beforeAll(async () => {
  ask = await adminOf(running());
});

/** Bytes as they travel to a browser that takes gzip alone, headers included, all files of the first load together. */
const maxBytes = 350_000;

/** Fast 3G as Chromium's tools have it, and a processor four times as slow. */
const fast3G = { offline: false, latency: 562.5, downloadThroughput: 180_000, uploadThroughput: 84_375 };

/** Adds up what a page loads from now on. */
async function countBytes(page: Page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await page.setExtraHTTPHeaders({ 'accept-encoding': 'gzip' });
  const counted = { bytes: 0 };
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    counted.bytes += encodedDataLength;
  });
  return { session, counted };
}

it('is small, for somebody who signs in and for somebody who is signed in', async () => {
  const { open } = running();
  const account = { username: 'eve', password, autoGeneratePassword: false, email: 'eve@x.dk' };
  expect((await ask('POST /accounts/user/eve', account)).status).toBeLessThan(300);
  const page = await open('/favicon.svg');
  const { session, counted } = await countBytes(page);
  await page.goto(`${running().url}/`);
  await expectPage(page, 'Sign in');
  const toSignIn = counted.bytes;
  await signIn(page, 'eve', password);
  await expectPage(page, 'Overview');
  counted.bytes = 0;
  await page.reload();
  await expectPage(page, 'Overview');
  await page.getByText('Live', { exact: true }).waitFor();
  const toOverview = counted.bytes;
  await session.send('Network.emulateNetworkConditions', fast3G);
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  const begun = performance.now();
  await page.reload();
  await expectPage(page, 'Overview');
  const seconds = (performance.now() - begun) / 1_000;
  console.log(
    `first load: ${toSignIn} bytes to sign in, ${toOverview} to the overview; at Fast 3G and a quarter of the processor ${seconds.toFixed(1)} s`,
  );
  expect(toSignIn).toBeLessThan(maxBytes);
  expect(toOverview).toBeLessThan(maxBytes);
});

it('is small for an operator, with the charts of the last day', async () => {
  const { open } = running();
  expect((await ask('POST /accounts/admin/administrator/operator', {})).status).toBeLessThan(300);
  const page = await open();
  await signIn(page, 'administrator', password);
  await expectPage(page, 'Overview');
  const { counted } = await countBytes(page);
  await page.reload();
  await page.locator('.chart').nth(5).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  console.log(`first load of an operator: ${counted.bytes} bytes`);
  expect(counted.bytes).toBeLessThan(maxBytes);
});

it('asks for the state of the gateway beside the session where an operator was signed in, and nowhere else', async () => {
  const page = await running().open();
  await signIn(page, 'administrator', password);
  await expectPage(page, 'Overview');
  await page.reload();
  await expectPage(page, 'Overview');
  const asked = page.waitForRequest('**/operate/status');
  await page.route('**/accounts/session', async (route) => {
    await asked;
    await route.continue();
  });
  await page.reload();
  await expectPage(page, 'Overview');
  await page.unroute('**/accounts/session');

  await page.getByRole('button', { name: /Account: administrator/ }).click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expectPage(page, 'Sign in');
  const paths: string[] = [];
  page.on('request', (request) => paths.push(new URL(request.url()).pathname));
  await signIn(page, 'eve', password);
  await expectPage(page, 'Overview');
  await page.reload();
  await expectPage(page, 'Overview');
  await page.getByText('Live', { exact: true }).waitFor();
  expect(paths).toContain('/accounts/session');
  expect(paths).not.toContain('/operate/status');
  expect(running().faults).toEqual([]);
});
