import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { password } from '../end-to-end/api-client.ts';
import {
  adminOf,
  expectAccessible,
  expectPage,
  screenshot,
  setPassword,
  signIn,
  useConsole,
} from './console-fixture.ts';

const running = useConsole();

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first().click();
const dialogOf = (page: Page, name: string) => page.getByRole('dialog', { name });

/** Presses a button, and does what its dialog asks. */
async function confirm(page: Page, button: string, dialog: string, action: string): Promise<void> {
  await press(page, button);
  await dialogOf(page, dialog).waitFor();
  await expectAccessible(page);
  await dialogOf(page, dialog).getByRole('button', { name: action, exact: true }).click();
}

/** The password that a dialog shows. Nothing else has it once the dialog is closed. */
async function takePassword(page: Page): Promise<string> {
  const shown = await page.getByTestId('one-time-password').innerText();
  expect(shown).toMatch(/^[A-Z2-9]{20}$/);
  await expectAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click();
  const kept = await page.evaluate('JSON.stringify([location.href, history.state, localStorage, sessionStorage])');
  expect(`${kept} ${await page.content()}`).not.toContain(shown);
  return shown;
}

/** Asks the API as the page does, with its session. @returns the status */
const askAsPage = (page: Page, method: string, path: string, body: object = {}): Promise<unknown> =>
  page.evaluate(
    `fetch(${JSON.stringify(path)}, { method: '${method}', headers: { 'x-console': '1', 'content-type': 'application/json' }, body: '${JSON.stringify(body)}' }).then(({ status }) => status)`,
  );

it('lets an admin create, change, block and delete accounts, and an operator see them', async () => {
  const { open, faults } = running();
  await adminOf(running());
  const page = await open('/console/accounts');
  await signIn(page, 'administrator', password);
  await expectPage(page, 'Accounts');
  await page.getByRole('rowheader', { name: 'administrator' }).waitFor();
  await page.getByRole('rowheader', { name: 'api_clients' }).waitFor();
  await expectAccessible(page);
  await screenshot(page, 'accounts');

  await press(page, 'Create account');
  await page.getByLabel('User name', { exact: true }).last().fill('bob');
  await page.getByLabel('E-mail address').fill('bob');
  await dialogOf(page, 'Create account').getByLabel('First name').pressSequentially('Anne Marie');
  await dialogOf(page, 'Create account').getByLabel('Last name').pressSequentially(' van Dam ');
  await page.getByRole('checkbox', { name: /operator/ }).check();
  await expectAccessible(page);
  await dialogOf(page, 'Create account').getByRole('button', { name: 'Create account' }).click();
  await page.getByText('must be an e-mail address').waitFor();
  await page.getByText(/^Request id: /).waitFor();
  await page.getByLabel('E-mail address').fill('bob@centre.example');
  await page.getByLabel('E-mail address').press('Enter');
  const first = await takePassword(page);

  const other = await open('/console/accounts');
  await signIn(other, 'bob', first);
  await setPassword(other, password);
  await expectPage(other, 'Accounts');
  await other.getByText('You see accounts and change none').waitFor();
  await other.getByRole('link', { name: 'administrator', exact: true }).first().click();
  await expectPage(other, 'administrator');
  await other.getByText('Manages accounts, permissions and organizations').waitFor();
  await expectAccessible(other);
  expect(
    await other
      .locator('main')
      .getByRole('button', { name: /^(Change|Block|Give|Take|Reset|Delete)/ })
      .count(),
  ).toBe(0);
  const refused = await Promise.all([
    askAsPage(other, 'PATCH', '/accounts/admin/users/administrator', { blockLogin: true, blockLoginReason: 'x' }),
    askAsPage(other, 'POST', '/accounts/admin/bob/admin'),
    askAsPage(other, 'POST', '/accounts/admin/users/administrator/password-reset'),
    askAsPage(other, 'PUT', '/accounts/admin/organizations/X', { supportedServices: [], members: [], details: {} }),
    askAsPage(other, 'PATCH', '/accounts/admin/permissions/admin', { secondFactorRequired: true }),
  ]);
  expect(refused).toEqual([403, 403, 403, 403, 403]);

  await page.getByRole('searchbox', { name: 'User name' }).fill('BO');
  await page.getByRole('rowheader', { name: 'administrator' }).waitFor({ state: 'detached' });
  expect(new URL(page.url()).search).toBe('?username=BO');
  await page.getByRole('link', { name: 'bob', exact: true }).click();
  await expectPage(page, 'bob');
  await page.getByText('Anne Marie van Dam', { exact: true }).waitFor();
  await press(page, 'Change');
  await page.getByLabel('First name').fill('Robert');
  await press(page, 'Save');
  await page.getByText('Robert').waitFor();
  await confirm(page, 'Give bob the permission api_clients', 'Give bob the permission api_clients', 'Give');
  await page.getByRole('button', { name: 'Take the permission api_clients from bob' }).waitFor();
  await screenshot(page, 'account-of-bob');

  await press(page, 'Block');
  await page.getByLabel('Reason').fill('left the centre');
  await dialogOf(page, 'Block bob').getByRole('button', { name: 'Block', exact: true }).click();
  await page.getByText('blocked: left the centre').waitFor();
  await expectPage(other, 'Sign in');
  await signIn(other, 'bob', password);
  await other.getByText('left the centre').waitFor();
  await confirm(page, 'Unblock', 'Unblock bob', 'Unblock');
  await page.getByText('open', { exact: true }).waitFor();
  await confirm(page, 'Reset password', 'Reset the password of bob', 'Reset password');
  const second = await takePassword(page);
  expect(second).not.toBe(first);
  await page.getByText('to be changed at the next sign-in').waitFor();
  await confirm(page, 'Remove second factors', 'Remove all second factors of bob', 'Remove second factors');
  await page.getByText('User bob has no second factor').waitFor();
  await dialogOf(page, 'Remove all second factors of bob').getByRole('button', { name: 'Cancel' }).click();
  await confirm(page, 'Delete', 'Delete bob', 'Delete');
  await expectPage(page, 'Accounts');
  await page.goto(`${running().url}/console/accounts/one?name=bob`);
  await page.getByText('There is no such account').waitFor();
  expect(faults).toEqual([]);
});

it('lets an admin keep organizations, and require second factors', async () => {
  const { open, faults } = running();
  const page = await open('/console/accounts');
  await signIn(page, 'administrator', password);
  await expectPage(page, 'Accounts');
  await page.getByText('There is no organization yet').waitFor();

  await press(page, 'Create organization');
  await page.getByLabel('Name', { exact: true }).fill('Heart Clinic');
  await page.getByLabel('Services', { exact: true }).click();
  await page.getByRole('option', { name: 'Analysis' }).click();
  await page.keyboard.press('Escape');
  await page.getByLabel('Members').fill('nobody');
  await expectAccessible(page);
  await press(page, 'Save');
  await page.getByText('User nobody does not exist').waitFor();
  await page.getByLabel('Members').fill('administrator');
  await press(page, 'Save');
  const row = page.getByRole('row', { name: /Heart Clinic/ });
  await row.getByText('administrator').waitFor();
  await row.getByText('Analysis').waitFor();
  // Somebody else changes the organization while its form is open.
  await press(page, 'Change Heart Clinic');
  await page.getByLabel('Members').fill('');
  const others = { supportedServices: [2], members: ['administrator'], details: { phone: '112' } };
  expect(await askAsPage(page, 'PUT', '/accounts/admin/organizations/Heart%20Clinic', others)).toBe(200);
  await press(page, 'Save');
  await page.getByText('Organization Heart Clinic has changed meanwhile. Look at it again').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await row.getByText('Export to DST').waitFor();
  await press(page, 'Change Heart Clinic');
  await page.getByLabel('Members').fill('');
  await press(page, 'Save');
  await row.getByText('administrator').waitFor({ state: 'detached' });
  await confirm(page, 'Delete Heart Clinic', 'Delete Heart Clinic', 'Delete');
  await page.getByText('There is no organization yet').waitFor();

  const title = 'Require a second factor for api_clients';
  await confirm(page, title, title, 'Require');
  await page.getByText('required', { exact: true }).waitFor();
  await screenshot(page, 'permissions');
  const back = 'Make optional: second factor of api_clients';
  await confirm(page, back, back, 'Make optional');
  await page.getByText('required', { exact: true }).waitFor({ state: 'detached' });
  expect(faults).toEqual([]);
});
