import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { region } from '../../infra/local/resources.ts';
import { type IncidentRow, incidentWrites } from '../../shared/operations/incidents.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { systemClock } from '../../shared/platform/time.ts';
import { transact } from '../../shared/platform/transaction.ts';
import { password } from '../end-to-end/api-client.ts';
import {
  adminOf,
  type ConsoleTest,
  expectAccessible,
  expectPage,
  screenshot,
  signIn,
  useConsole,
} from './console-fixture.ts';

const running = useConsole();

/** The overview of an operator who may also see accounts. */
async function openAsOperator(console: ConsoleTest): Promise<Page> {
  const ask = await adminOf(console);
  const account = { username: 'olga', password, autoGeneratePassword: false, email: 'olga@centre.example' };
  expect((await ask('POST /accounts/user/olga', account)).status).toBeLessThan(300);
  for (const permission of ['operator', 'admin']) {
    expect((await ask(`POST /accounts/admin/olga/${permission}`, {})).status).toBeLessThan(300);
  }
  const page = await console.open();
  await signIn(page, 'olga', password);
  await expectPage(page, 'Overview');
  await page.getByText('Live', { exact: true }).waitFor();
  return page;
}

/** Has an incident occur once more, as a function does. */
async function raiseAgain({ gateway: { endpoints } }: ConsoleTest, subject: string): Promise<void> {
  const { credentials, dynamodb } = endpoints;
  const client = new DynamoDBClient({ endpoint: dynamodb.endpoint, credentials, region });
  const db = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const { incidents = '', unpublished = '' } = dynamodb.tables;
  const rows = await Array.fromAsync(scan<IncidentRow>(db, incidents));
  const incident = rows.find((row) => row.subject === subject);
  if (!incident) throw new Error('There is no such incident');
  const tables = { incidents, unpublished };
  await transact(db, systemClock, incidentWrites({ clock: systemClock, tables }, incident));
  client.destroy();
}

/** Waits until the bar of a file has moved. */
async function expectMoving(page: Page, fileId: string): Promise<void> {
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: fileId }) });
  const share = async () => Number(await row.getByRole('progressbar').getAttribute('value'));
  await expect.poll(share, { timeout: 60_000 }).toBeGreaterThan(0);
}

const follow = (page: Page, name: string | RegExp) =>
  page
    .getByRole('link', { name, exact: typeof name === 'string' })
    .first()
    .click();

it('lets a newcomer find what is wrong within three clicks, and an operator decide while the count changes', async () => {
  const console = running();
  const { portal, poll, drain, faults } = console;
  await portal.send('CreateProject', { projectNo: '1001' });
  await portal.send('CreateProjectAccess', { projectNo: '1001', accessIdentifier: 'anna' });
  await portal.send('DisableProjectAccess', { accessIdentifier: 'anna' });
  await drain();
  const hostile = '<img src=x onerror=alert(1)>.csv';
  const slow = await portal.addFile({ fileId: hostile, size: 80_000_000 }, { bytesPerSecond: 400_000 });
  await portal.send('DataDeliveryReady', { projectNo: '1001', files: [slow] });
  await portal.send('CreateUnicorn', { size: 1 }, { messageId: 'unicorn' });
  expect(await poll()).toBeUndefined();

  const page = await openAsOperator(console);
  await page.getByText('A person should look').waitFor();
  await expectAccessible(page);
  await screenshot(page, 'operations');
  await page.route('**/operate/poll', (route) => route.abort());
  await page.getByRole('button', { name: 'Poll now' }).click();
  await page.getByText('The gateway cannot be reached').waitFor();
  await page.unroute('**/operate/poll');
  await page.getByRole('button', { name: 'Poll now' }).click();
  await page.getByText('The gateway cannot be reached').waitFor({ state: 'hidden' });

  // Why a message is held: two clicks.
  await follow(page, /held for a person/);
  await expectPage(page, 'Messages');
  await expectAccessible(page);
  await follow(page, 'unicorn');
  await page.getByText('It needs a person.').waitFor();
  await page.getByText("Unknown: it can't be read.", { exact: false }).first().waitFor();
  await expectAccessible(page);
  await screenshot(page, 'message');

  // Which file is under way: one click.
  await follow(page, 'Transfers');
  await page.getByRole('link', { name: hostile }).first().waitFor();
  await expectMoving(page, hostile);
  await expectAccessible(page);
  await screenshot(page, 'transfers');

  // Three clicks tell who disabled an access.
  await follow(page, 'Projects');
  await expectAccessible(page);
  await follow(page, '1001');
  await follow(page, 'Who did what');
  await page.getByText(/^disabled by message/).waitFor();
  await expectAccessible(page);
  await screenshot(page, 'history');

  // An incident whose count changes while it is decided.
  await follow(page, 'Incidents');
  await expectAccessible(page);
  await follow(page, 'Unknown type of message');
  await expect.poll(() => page.getByTestId('count').innerText()).toBe('1');
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expectAccessible(page);
  await raiseAgain(console, 'unicorn');
  await expect.poll(() => page.getByTestId('count').innerText(), { timeout: 30_000 }).toBe('2');
  await page.getByLabel('Reason').fill('DST sent it by mistake');
  await page.getByRole('button', { name: 'Do it' }).click();
  await page.getByText('CreateUnicorn unicorn is dismissed.').waitFor();
  await page.getByRole('button', { name: 'Close' }).last().click();
  await page.getByText('DST sent it by mistake').waitFor();
  await page.getByText('What this means, and what to do').click();
  await page.getByText('Description:').waitFor();
  await expectAccessible(page);
  await screenshot(page, 'incident');

  await follow(page, 'Accounts');
  await page.getByRole('rowheader', { name: 'olga' }).waitFor();
  await expectAccessible(page);
  expect(await page.locator('img').count()).toBe(0);
  expect(faults).toEqual([]);
});
