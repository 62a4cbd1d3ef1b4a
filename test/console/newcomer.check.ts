import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { password } from '../end-to-end/api-client.ts';
import { adminOf, expectPage, signIn, useConsole } from './console-fixture.ts';

const running = useConsole();

/** Clicks that a newcomer needs at most, from the overview on. */
const mostClicks = 3;

beforeAll(async () => {
  const { portal, poll, drain } = running();
  const ask = await adminOf(running());
  const account = { username: 'olga', password, autoGeneratePassword: false, email: 'olga@centre.example' };
  expect((await ask('POST /accounts/user/olga', account)).status).toBeLessThan(300);
  expect((await ask('POST /accounts/admin/olga/operator', {})).status).toBeLessThan(300);
  await portal.send('CreateProject', { projectNo: '1001' });
  await portal.send('CreateProjectAccess', { projectNo: '1001', accessIdentifier: 'anna' });
  await portal.send('DisableProjectAccess', { accessIdentifier: 'anna' });
  await drain();
  await portal.send('CreateUnicorn', { size: 1 }, { messageId: 'unicorn' });
  expect(await poll()).toBeUndefined();
}, 180_000);

/** The overview of an operator, in which clicks of the mouse are counted. */
async function openOverview(): Promise<Page> {
  const page = await running().open();
  await signIn(page, 'olga', password);
  await expectPage(page, 'Overview');
  await page.evaluate('window.clicks = 0; addEventListener("click", () => { window.clicks += 1; }, true)');
  return page;
}

const follow = (page: Page, name: string | RegExp) =>
  page
    .getByRole('link', { name, exact: typeof name === 'string' })
    .first()
    .click();

/** Clicks since the overview was opened; no number once the page was loaded anew. */
const clicksOf = (page: Page) => page.evaluate('window.clicks');

describe('a newcomer finds from the overview', () => {
  it('why a message is held', async () => {
    const page = await openOverview();
    await follow(page, '1 held for a person');
    await follow(page, 'unicorn');
    await page.getByText('It needs a person.').waitFor();
    await page.getByText(/unknown-message-type: expected a known type/).waitFor();
    expect(await clicksOf(page)).toBeLessThanOrEqual(mostClicks);
  });

  it('which file is slow', async () => {
    const { portal, poll } = running();
    const files = [
      await portal.addFile({ fileId: 'quick', size: 60_000_000 }, { bytesPerSecond: 500_000 }),
      await portal.addFile({ fileId: 'slow', size: 40_000_000 }, { bytesPerSecond: 100_000 }),
    ];
    await portal.send('DataDeliveryReady', { projectNo: '1001', files });
    expect(await poll()).toBeUndefined();
    const page = await openOverview();
    await follow(page, 'Transfers');
    const table = page.getByRole('table').filter({ has: page.getByRole('columnheader', { name: 'Time left' }) });
    const names = () => table.getByRole('rowheader').allInnerTexts();
    await expect.poll(names, { timeout: 60_000 }).toEqual(['slow', 'quick']);
    const slow = table.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'slow' }) });
    await expect.poll(() => slow.innerText(), { timeout: 60_000 }).toMatch(/ kB\/s\s+\d+ min \d+ s/);
    // Its bar goes on by itself.
    const before = await slow.innerText();
    await expect.poll(() => slow.innerText(), { timeout: 60_000 }).not.toBe(before);
    expect(await clicksOf(page)).toBeLessThanOrEqual(mostClicks);
  });

  it('nothing of another project, while the one that is asked for is read', async () => {
    const page = await openOverview();
    await follow(page, 'Projects');
    await follow(page, '1001');
    const access = page.getByRole('link', { name: 'Who did what' });
    await access.waitFor();
    await page.route(/operate.*unknown/, () => {});
    await page.evaluate("history.pushState({}, '', '?id=unknown'); dispatchEvent(new PopStateEvent('popstate'))");
    await access.waitFor({ state: 'detached', timeout: 10_000 });
  });

  it('who disabled an access', async () => {
    const page = await openOverview();
    await follow(page, 'Projects');
    await follow(page, '1001');
    await follow(page, 'Who did what');
    await page.getByText(/^disabled by message/).waitFor();
    expect(await clicksOf(page)).toBeLessThanOrEqual(mostClicks);
    expect(running().faults).toEqual([]);
  });
});
