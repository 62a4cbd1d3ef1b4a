import { generate } from 'otplib';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { password } from '../end-to-end/api-client.ts';
import {
  adminOf,
  createResearcher,
  expectAccessible,
  expectPage,
  screenshot,
  setPassword,
  signIn,
  useConsole,
} from './console-fixture.ts';
import { scan } from './scan.ts';

const running = useConsole();

it('leads from a one-time password to an own one, and ends with the access', async () => {
  const { open, portal, poll, faults } = running();
  const { loginName, oneTimePassword } = await createResearcher(running(), { projectNo: '1', accessIdentifier: 'a-1' });
  const page = await open();
  await expectPage(page, 'Sign in');
  await expectAccessible(page);
  await screenshot(page, 'sign-in');

  await signIn(page, loginName, 'not the password at all');
  await page.getByText('Incorrect password').waitFor();
  await page.getByText(/Request id: /).waitFor();
  await signIn(page, loginName, oneTimePassword);
  await expectPage(page, 'Choose your own password');
  await expectAccessible(page);
  await setPassword(page, password);
  await expectPage(page, 'Overview');
  expect(await secretsIn(page)).toEqual([]);

  // A second tab has the same session, and another one's sign-out ends both.
  const tab = await page.context().newPage();
  await tab.goto(page.url());
  await expectPage(tab, 'Overview');
  await connected(page);
  await connected(tab);
  await portal.send('DisableProjectAccess', { accessIdentifier: 'a-1' });
  const revoked = performance.now();
  expect(await poll()).toBeUndefined();
  await Promise.all([page, tab].map((each) => expectPage(each, 'Sign in')));
  console.log(`a revocation closed two pages within ${Math.round(performance.now() - revoked)} ms`);
  await signIn(page, loginName, password);
  await page.getByText(/Login is blocked/).waitFor();
  expect(faults).toEqual([]);
});

it('asks an operator for the second factor that the permission requires', async () => {
  const { open, faults } = running();
  const ask = await adminOf(running());
  const account = { username: 'eve', password, autoGeneratePassword: false, email: 'eve@x.dk' };
  expect((await ask('POST /accounts/user/eve', account)).status).toBeLessThan(300);
  expect((await ask('POST /accounts/admin/eve/operator', {})).status).toBeLessThan(300);
  expect((await ask('PATCH /accounts/admin/permissions/operator', { secondFactorRequired: true })).status).toBe(200);

  const page = await open('/console/overview?from=link');
  await signIn(page, 'eve', password);
  await expectPage(page, 'Add a second factor');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Show the QR code' }).click();
  const uri = new URL(await scan(page.getByRole('img', { name: 'QR code for an authenticator app' })));
  const secret = uri.searchParams.get('secret') ?? '';
  await page.getByLabel('Code from the app').fill(await generate({ secret }));
  await page.getByRole('button', { name: 'Add the second factor' }).click();
  await page.getByText(/Keep these recovery codes/).waitFor();
  const recoveryCode = await page.locator('.id bdi').first().innerText();
  await page.getByRole('button', { name: /I have kept them/ }).click();

  await expectPage(page, 'Sign in');
  await signIn(page, 'eve', password);
  await expectPage(page, 'Second factor');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Use a recovery code' }).click();
  await page.getByLabel('Recovery code').fill(recoveryCode);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expectPage(page, 'Overview');
  // The address that was asked for is still there.
  expect(new URL(page.url()).search).toBe('?from=link');
  await expectAccessible(page);
  await screenshot(page, 'overview');

  await page.getByRole('button', { name: /Account: eve/ }).click();
  await page.getByRole('button', { name: 'Dark mode' }).click();
  await expectAccessible(page);
  await screenshot(page, 'overview-dark');
  // Whoever believes to be signed out leaves the machine to others.
  await page.route('**/accounts/sign-out', (route) => route.abort());
  await signOut(page);
  await page.getByText('The gateway cannot be reached').waitFor();
  await expectAccessible(page);
  await page.unroute('**/accounts/sign-out');
  await signOut(page);
  await expectPage(page, 'Sign in');
  expect(faults).toEqual([]);
});

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: /Account: eve/ }).click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
}

it('speaks Danish to a browser that does', async () => {
  const page = await running().open();
  await page.evaluate("localStorage.setItem('language', 'da')");
  await page.reload();
  await expectPage(page, 'Log ind');
  expect(await page.getAttribute('html', 'lang')).toBe('da');
  // Texts of the gateway and inside of components are Danish, too.
  await page.getByLabel('Brugernavn').fill('eve');
  await page.getByLabel('Adgangskode').fill('not the password at all');
  await page.getByRole('button', { name: 'Log ind' }).click();
  await page.getByText('Forkert adgangskode').waitFor();
  await page.getByRole('img', { name: 'Fejl' }).first().waitFor();
  expect(await page.locator('[lang=en]').count()).toBe(0);
});

it('keeps nothing of a page for others: no frame, no script of other origins, no address that is not a page', async () => {
  const { url } = running();
  const document = await fetch(`${url}/console/anything/below`);
  expect(document.headers.get('content-security-policy')).not.toMatch(/unsafe|\*|data:/);
  expect(document.headers.get('strict-transport-security')).toMatch(/max-age=31536000/);
  expect(document.headers.get('x-frame-options')).toBe('DENY');
  expect((await fetch(`${url}/assets/../../template.json`)).status).toBe(403);
  const missing = await fetch(`${url}/assets/missing.js`);
  expect(missing.status).toBe(403);
  // A browser would keep that for a year.
  expect(missing.headers.get('cache-control')).toBeNull();
  const [, asset] = /src="(\/assets\/[^"]+)"/.exec(await document.text()) ?? [];
  expect((await fetch(`${url}${asset}`)).headers.get('cache-control')).toContain('immutable');
  expect(document.headers.get('cache-control')).toBe('no-cache');
});

/** Tokens that a script of the page could read. */
const secretsIn = async (page: Page): Promise<unknown> =>
  page.evaluate(
    '[document.cookie, ...Object.values(localStorage), ...Object.values(sessionStorage)].filter((text) => /[\\w-]{40}/.test(text))',
  );

const connected = (page: Page) => page.getByText('Live', { exact: true }).waitFor();
