import { expect, it } from 'vitest';
import { password } from '../end-to-end/api-client.ts';
import { adminOf, expectAccessible, expectPage, screenshot, signIn, useConsole } from './console-fixture.ts';

const running = useConsole();

it('shows an operator what the last day was like, in charts and as a table', async () => {
  const { open, portal, poll, drain, gateway, rows, faults } = running();
  await portal.send('CreateProject', { projectNo: '1' });
  await portal.send('CreateProjectAccess', { projectNo: '1', accessIdentifier: 'a-1' });
  const files = [
    await portal.addFile({ fileId: 'f-1', size: 1_200_000 }),
    await portal.addFile({ fileId: 'f-2', size: 800_000 }),
  ];
  await portal.send('DataDeliveryReady', { dataDeliveryId: 'd', projectNo: '1', files });
  await portal.send('CreateUnicorn', { size: 1 }, { messageId: 'unicorn' });
  await drain(1);
  // The next poll counts what the last functions have marked.
  expect(await poll()).toBeUndefined();
  expect((await gateway.invoke('publish-events')).functionError).toBeUndefined();
  const marked = (await rows('messages')).filter(({ state }) => state === 'marked');
  expect(marked).toHaveLength(3);

  const ask = await adminOf(running());
  expect((await ask('POST /accounts/admin/administrator/operator', {})).status).toBeLessThan(300);
  const page = await open();
  await signIn(page, 'administrator', password);
  await expectPage(page, 'Overview');
  await page.getByRole('heading', { name: 'The last day, by hour' }).waitFor();
  const bytes = page.getByRole('img', { name: 'Bytes of these files' });
  expect((await bytes.locator('title').allTextContents()).join(' ')).toContain(': 2 MB');
  await bytes.getByText('1 MB').waitFor();
  await page.getByRole('button', { name: 'The numbers as a table' }).click();
  const table = page.getByRole('table').filter({ hasText: 'Hour from' });
  await table.locator('tbody tr').nth(23).waitFor();
  expect(await table.locator('tbody tr').count()).toBe(24);
  // The day may go on to another hour meanwhile.
  const cells = (await table.locator('tbody tr').allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' '));
  const told = cells.filter((text) => !text.endsWith('– – – – – –'));
  expect(told.join(' ')).toMatch(/ 3 2 2 MB 1 1 /);
  expect(told.length).toBeLessThanOrEqual(2);
  await expectAccessible(page);
  await screenshot(page, 'overview-last-day');
  expect(faults).toEqual([]);
});
