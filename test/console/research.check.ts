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

const running = useConsole();

const hostile = '<img src=x onerror=alert(1)>"><script>alert(2)</script>';
const script = 'echo "counted $(wc -c <data/f-1) bytes"; echo "a warning" >&2';

/** A page that is shown, is accessible, and is written as a picture. */
async function shown(page: Page, name: string, picture: string): Promise<void> {
  await expectPage(page, name);
  // Everything is loaded before it is judged.
  await page.waitForLoadState('networkidle');
  await expectAccessible(page);
  await screenshot(page, picture);
}

const follow = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).first().click();

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first().click();

const choose = async (page: Page, label: string, option: string) => {
  await page.getByLabel(label).first().click();
  await page.getByRole('option', { name: option }).first().click();
};

it('lets a researcher see files, order a process, run a job and find what is new', async () => {
  const { open, portal, drain, faults } = running();
  const ask = await adminOf(running());
  const { loginName, oneTimePassword } = await createResearcher(running(), { projectNo: '1', accessIdentifier: 'a-1' });
  const clerk = { username: 'clerk', password, autoGeneratePassword: false, email: 'clerk@centre.example' };
  expect((await ask('POST /accounts/user/clerk', clerk)).status).toBeLessThan(300);
  const clinic = { supportedServices: [1, 2], members: ['clerk'], details: {} };
  expect((await ask('PUT /accounts/admin/organizations/Clinic', clinic)).status).toBeLessThan(300);

  const page = await open();
  await signIn(page, loginName, oneTimePassword);
  await setPassword(page, password);
  await expectPage(page, 'Overview');
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByText('Nothing new').waitFor();
  await shown(page, 'Overview', 'overview-researcher');

  await follow(page, 'Files');
  await page.getByText('DST has delivered no file yet').waitFor();
  await shown(page, 'Files', 'files-empty');
  const file = await portal.addFile({ fileId: 'f-1', size: 1_000 });
  await portal.send('DataDeliveryReady', { dataDeliveryId: 'd', projectNo: '1', files: [file] });
  await drain();
  await page.getByText('Bytes have this MD5').waitFor();
  await page.getByText(file.fileChecksum).waitFor();
  await shown(page, 'Files', 'files');
  await choose(page, 'State', 'Needs a person');
  await page.getByText('No file is in this state').waitFor();
  expect(new URL(page.url()).search).toBe('?state=failed');

  await follow(page, 'Processes');
  await shown(page, 'Processes', 'processes');
  await press(page, 'Create project');
  await page.getByLabel('Title').fill(hostile);
  await press(page, 'Create');
  await expectPage(page, hostile);
  await page.getByText('The project has no process yet').waitFor();
  await expectAccessible(page);
  await press(page, 'New process');
  await page.getByText('Choose a service first').waitFor();
  await choose(page, 'Service', 'Export to DST');
  await page.getByText('No purpose is given').waitFor();
  await page.setInputFiles('input[type=file]', {
    name: `${hostile.replaceAll('/', '')}.csv`,
    mimeType: 'text/html',
    buffer: Buffer.from('<script>alert(3)</script>'),
  });
  const download = page.getByRole('link', { name: /^Download <img/ });
  await download.waitFor();
  await choose(page, 'Files for DST', '<img');
  await page.keyboard.press('Escape');
  await page.getByLabel('Purpose').fill('a table for the paper');
  await press(page, 'Save');
  await choose(page, 'Contractor', 'Clinic');
  await page.getByText('Contractor chosen').first().waitFor();
  await page.getByLabel('Message').fill(hostile);
  await press(page, 'Send');
  await page.getByRole('log').getByText(hostile).waitFor();
  const [saved] = await Promise.all([page.waitForEvent('download'), download.click()]);
  expect(saved.suggestedFilename()).toContain('img');
  await page.getByText('Verify', { exact: true }).first().click();
  await page.getByText('Verified').first().waitFor();
  await press(page, 'Send to the contractor');
  await page.getByText('Sent to the contractor').first().waitFor();
  await shown(page, await page.getByRole('heading', { level: 1 }).innerText(), 'process');
  const address = new URL(page.url()).pathname;

  const other = await open(address);
  await signIn(other, 'clerk', password);
  await other.getByRole('log').getByText(hostile).waitFor();
  await other.getByLabel('Message').fill('Looks good to me');
  await press(other, 'Send');
  await page.getByRole('log').getByText('Looks good to me').waitFor();
  await follow(page, 'What is new');
  await page.getByText('Looks good to me').waitFor();
  await shown(page, 'What is new', 'news');
  await press(page, 'Mark as seen');
  await page.getByText('Nothing new').waitFor();

  await follow(page, 'Workspaces');
  await page.getByText('You have no workspace yet').waitFor();
  await shown(page, 'Workspaces', 'workspaces-empty');
  await follow(page, 'Create workspace');
  await page.getByLabel('Name').fill(hostile);
  await choose(page, 'Delivered files', 'data/f-1');
  await page.keyboard.press('Escape');
  await expectAccessible(page);
  await page.route('**/uws/parameters', (route) => route.abort());
  await press(page, 'Create workspace');
  await expectPage(page, hostile);
  await page.getByText('Delivered by DST').waitFor();
  await page.setInputFiles('input[type=file]', { name: 'run.sh', mimeType: 'text/plain', buffer: Buffer.from(script) });
  await page.getByText('run.sh', { exact: true }).waitFor();
  await press(page, 'Start a job');
  // Without the options of the centre no job can be started as its owner wants it.
  await page.getByText('The gateway cannot be reached').waitFor();
  await page.unroute('**/uws/parameters');
  await press(page, 'Try again');
  await choose(page, 'Type', 'Batch');
  await choose(page, 'Script of the workspace', 'run.sh');
  await shown(page, hostile, 'workspace');
  await page.getByRole('button', { name: 'Start a job', exact: true }).last().click();
  await expectPage(page, 'Job 1');
  await page.getByText('Complete', { exact: true }).waitFor();
  await page.getByText('counted 1000 bytes').waitFor();
  await page.getByText('a warning').waitFor();
  await shown(page, 'Job 1', 'job');
  await page.goBack();
  await expectPage(page, hostile);
  await follow(page, 'Jobs');
  await page.getByRole('link', { name: 'Job 1' }).waitFor();
  await shown(page, 'Jobs', 'jobs');

  for (const path of ['processes/none/none', 'workspaces/999', 'jobs/999']) {
    await page.goto(`${running().url}/console/${path}`);
    await page.getByText(/^There is no such/).waitFor();
  }
  expect(await page.locator('img').count()).toBe(0);
  expect(faults).toEqual([]);
});

it('says to somebody without an access what to do', async () => {
  const { open, faults } = running();
  const page = await open('/console/files');
  await signIn(page, 'clerk', password);
  await page.getByText('You have no enabled access to a project of DST').waitFor();
  await shown(page, 'Files', 'files-no-access');
  expect(faults).toEqual([]);
});
