import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { password } from '../end-to-end/api-client.ts';
import { adminOf, expectPage, signIn, useConsole } from './console-fixture.ts';

const running = useConsole();
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).last().click();
const reason = 'the tables are restored';

let ask: Awaited<ReturnType<typeof adminOf>>;
beforeAll(async () => {
  ask = await adminOf(running());
  expect((await ask('POST /accounts/admin/administrator/operator', {})).status).toBeLessThan(300);
});

const open = async (path: string, name: string) => {
  const page = await running().open(path);
  await signIn(page, 'administrator', password);
  await expectPage(page, name);
  await page.getByText('Live', { exact: true }).waitFor();
  return page;
};

it('pauses, or says why not, also when somebody else pauses while the reason is typed', async () => {
  const page = await open('/', 'Overview');
  await press(page, 'Pause');
  await page.getByLabel('Reason').fill(reason);
  expect((await ask('POST /operate/pause', { reason: 'somebody else' })).status).toBe(200);
  await page.getByText('Resume', { exact: true }).first().waitFor();
  await page.getByRole('dialog', { name: 'Pause' }).getByRole('button', { name: 'Do it' }).click();
  await page.getByText('Paused already').waitFor();
  expect((await ask('GET /operate/status')).body).toMatchObject({ pause: { reason: 'somebody else' } });
  await press(page, 'Cancel');

  await press(page, 'Resume');
  await page.getByLabel('Reason').fill('they are back');
  await press(page, 'Do it');
  await page.getByText('Pause', { exact: true }).first().waitFor();
  await page.getByRole('dialog', { name: 'Resume' }).getByText('The pause is over.').waitFor();
  expect(running().faults).toEqual([]);
});

it('takes no permission that it was asked to give', async () => {
  const bob = { username: 'bob', password, autoGeneratePassword: false, email: 'bob@centre.example' };
  expect((await ask('POST /accounts/user/bob', bob)).status).toBeLessThan(300);
  const page = await open('/console/accounts/one?name=administrator', 'administrator');
  await page.getByRole('link', { name: 'Accounts' }).first().click();
  await page.getByRole('link', { name: 'bob', exact: true }).first().click();
  await expectPage(page, 'bob');
  const title = 'Give bob the permission operator';
  await press(page, title);
  expect((await ask('POST /accounts/admin/bob/operator', {})).status).toBeLessThan(300);
  await page.getByText('Take', { exact: true }).first().waitFor();
  await page.getByRole('dialog', { name: title }).getByRole('button', { name: 'Give', exact: true }).click();
  await page.getByText('User bob already has permissions operator').waitFor();
  await press(page, 'Cancel');
  expect((await ask('GET /accounts/admin/users/bob')).body).toMatchObject({ permissions: ['operator'] });

  // Another account begins with no dialog of this one.
  await press(page, 'Give bob the permission api_clients');
  await page.getByRole('dialog').waitFor();
  await page.evaluate('history.go(-2)');
  await expectPage(page, 'administrator');
  expect(await page.getByRole('dialog').count()).toBe(0);
  expect(running().faults).toEqual([]);
});
