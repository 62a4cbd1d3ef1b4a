import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { password } from '../end-to-end/api-client.ts';
import { adminOf, createProcess, expectPage, signIn, useConsole } from './console-fixture.ts';

const running = useConsole();
let ask: Awaited<ReturnType<typeof adminOf>>;

beforeAll(async () => {
  ask = await adminOf(running());
});

async function signedIn(): Promise<Page> {
  const page = await running().open('/');
  await signIn(page, 'administrator', password);
  await expectPage(page, 'Overview');
  return page;
}

it('keeps what somebody types while a message is sent, and while the session cannot be read', async () => {
  const { projectID, processID } = await createProcess(ask, 'Talk');
  const page = await signedIn();
  const isRefused = Promise.withResolvers<void>();
  await page.route('**/accounts/session/live-token', async (route) => {
    await isRefused.promise;
    await route.fulfill({ status: 401, json: {} });
  });
  await page.goto(new URL(`/console/processes/${projectID}/${processID}`, page.url()).href);
  const message = page.getByLabel('Message');

  const isSent = Promise.withResolvers<void>();
  await page.route('**/processes/public/updateProcess**', async (route) => {
    await isSent.promise;
    await route.continue();
  });
  await message.fill('The first.');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await message.focus();
  await page.keyboard.press('End');
  await page.keyboard.type(' The second.');
  isSent.resolve();
  await page.getByRole('log').getByText('The first.').waitFor();
  await expect.poll(() => message.inputValue()).toBe('The second.');

  let refused = 0;
  await page.route('**/accounts/session', (route) => {
    refused += 1;
    return route.fulfill({ status: 500, json: {} });
  });
  // The page asks whether its session has ended.
  isRefused.resolve();
  await expect.poll(() => refused, { timeout: 15_000 }).toBe(3);
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('log').getByText('The second.').waitFor();
});

it('keeps what somebody types beyond the limit, says so, and sends it when it fits', async () => {
  const { projectID, processID } = await createProcess(ask, 'Long talk');
  const page = await signedIn();
  await page.goto(new URL(`/console/processes/${projectID}/${processID}`, page.url()).href);
  const message = page.getByLabel('Message');
  const text = 'x'.repeat(10_001);
  await message.fill(text);
  await page.getByText('At most 10000 characters. These are 10001').waitFor();
  expect(await message.inputValue()).toBe(text);
  const send = page.getByRole('button', { name: 'Send', exact: true });
  expect(await send.isDisabled()).toBe(true);
  await message.fill(text.slice(1));
  await send.click();
  await page.getByRole('log').getByText(text.slice(1)).waitFor();
});
