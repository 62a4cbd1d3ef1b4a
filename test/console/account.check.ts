import { generate } from 'otplib';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { password } from '../end-to-end/api-client.ts';
import {
  adminOf,
  expectAccessible,
  expectLayout,
  expectPage,
  screenshot,
  signIn,
  useConsole,
} from './console-fixture.ts';
import { scan } from './scan.ts';

const running = useConsole();

const next = 'a ferry in the evening fog';
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).last().click();
const follow = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).first().click();
const ownPassword = (page: Page) => page.getByLabel('Your password, once more').last();

/** Gives the browser of a page a passkey of its own, as Chromium's tools do. */
async function addAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

it('lets people change their password, their second factors and their sessions', async () => {
  const { open, faults } = running();
  const ask = await adminOf(running());
  const account = { username: 'eve', password, autoGeneratePassword: false, email: 'eve@x.dk' };
  expect((await ask('POST /accounts/user/eve', account)).status).toBeLessThan(300);
  const page = await open('/console/account');
  const elsewhere = await open('/console/account');
  for (const each of [page, elsewhere]) {
    await signIn(each, 'eve', password);
    await expectPage(each, 'Account and security');
    await each.getByText('Live', { exact: true }).waitFor();
  }

  await expectLayout(page);

  // A password that breaks a rule is refused with the rule.
  await press(page, 'Change password');
  await ownPassword(page).fill(password);
  for (const each of ['New password', 'New password again']) await page.getByLabel(each, { exact: true }).fill('short');
  await expectAccessible(page);
  await press(page, 'Change password');
  await page.getByText('must have at least 15 characters').waitFor();
  for (const each of ['New password', 'New password again']) await page.getByLabel(each, { exact: true }).fill(next);
  await press(page, 'Change password');
  await page.getByText('Your password is changed').waitFor();
  await expectPage(elsewhere, 'Sign in');

  // The first factor ends all sessions, and its recovery codes stay until they are kept.
  await follow(page, 'Add an authenticator app');
  await expectPage(page, 'Add an authenticator app');
  await ownPassword(page).fill(next);
  await expectAccessible(page);
  await press(page, 'Show the QR code');
  const secret = await page.locator('.id bdi').innerText();
  const uri = await page.getByRole('link', { name: /Open in an authenticator app/ }).getAttribute('href');
  const qrCode = page.getByRole('img', { name: 'QR code for an authenticator app' });
  expect(await scan(qrCode)).toBe(uri);
  expect(new URL(uri ?? '').searchParams.get('secret')).toBe(secret);
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await scan(qrCode)).toBe(uri);
  await expectAccessible(page);
  await screenshot(page, 'qr-code-dark');
  await page.emulateMedia({ colorScheme: null });
  await page.getByLabel('Code from the app').fill(await generate({ secret }));
  await press(page, 'Add the second factor');
  await page.getByText(/Keep these recovery codes/).waitFor();
  const codes = await page.locator('.id bdi').allInnerTexts();
  expect(codes).toHaveLength(10);
  await press(page, 'I have kept them: sign in');
  await signIn(page, 'eve', next);
  await press(page, 'Use a recovery code');
  await page.getByLabel('Recovery code').fill(codes[0] ?? '');
  await press(page, 'Continue');
  await expectPage(page, 'Account and security');
  await page.getByText('Recovery codes left: 9').waitFor();

  await addAuthenticator(page);
  await follow(page, 'Add a passkey');
  await page.getByLabel('Name of the passkey').fill('this machine');
  await ownPassword(page).fill(next);
  await expectAccessible(page);
  await press(page, 'Add a passkey');
  await expectPage(page, 'Account and security');
  await page.getByRole('rowheader', { name: 'Passkey this machine' }).waitFor();
  await page.waitForLoadState('networkidle');
  await expectAccessible(page);
  await screenshot(page, 'account');

  await press(page, 'Sign out everywhere');
  await press(page, 'Sign out everywhere');
  await expectPage(page, 'Sign in');
  await signIn(page, 'eve', next);
  await expectPage(page, 'Second factor');
  await press(page, 'Use a passkey');
  await page.getByLabel('Code from your authenticator app').waitFor({ state: 'detached' });
  await press(page, 'Use a passkey');
  await expectPage(page, 'Account and security');

  await press(page, 'New recovery codes');
  await ownPassword(page).fill('not the password at all');
  await press(page, 'New recovery codes');
  await page.getByText('Incorrect password or code').waitFor();
  await ownPassword(page).fill(next);
  await press(page, 'New recovery codes');
  await page.getByText('Keep these recovery codes').waitFor();
  expect(await page.getByRole('dialog').locator('.id bdi').allInnerTexts()).not.toContain(codes[1]);
  await expectAccessible(page);
  await press(page, 'Close');
  await page.getByText('Recovery codes left: 10').waitFor();
  await press(page, 'Remove Authenticator app');
  await ownPassword(page).fill(next);
  await press(page, 'Remove');
  await page.getByRole('rowheader', { name: 'Authenticator app' }).waitFor({ state: 'detached' });
  expect(faults).toEqual([]);
});
