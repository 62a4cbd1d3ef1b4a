import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { password } from '../end-to-end/api-client.ts';
import { adminOf, expectAccessible, expectPage, signIn, useConsole } from './console-fixture.ts';

const running = useConsole();

/** More than two pages of the list. */
const count = 230;

const idsOf = (page: Page) => page.getByRole('rowheader').allInnerTexts();

it('shows many messages page by page, by a filter that the address keeps', async () => {
  const { open, portal, poll, faults } = running();
  for (let index = 0; index < count; index++)
    await portal.send(index % 2 ? 'CreateUnicorn' : 'CreateDragon', { index }, { messageId: `m-${index}` });
  expect(await poll()).toBeUndefined();
  const ask = await adminOf(running());
  expect((await ask('POST /accounts/admin/administrator/operator', {})).status).toBeLessThan(300);
  const page = await open('/console/messages');
  await signIn(page, 'administrator', password);
  await expectPage(page, 'Messages');
  await page.getByRole('link', { name: 'm-0', exact: true }).waitFor();

  // Each message is on one page, in the order of the portal.
  const seen: string[] = [];
  const nextPage = page.getByRole('button', { name: 'Next page' });
  for (;;) {
    seen.push(...(await idsOf(page)));
    if (await nextPage.isDisabled()) break;
    await nextPage.click();
    await page.getByRole('link', { name: `m-${seen.length}`, exact: true }).waitFor();
  }
  expect(seen).toEqual(Array.from({ length: count }, (_, index) => `m-${index}`));
  await page.getByRole('button', { name: 'Previous page' }).click();
  await page.getByRole('link', { name: 'm-100', exact: true }).waitFor();
  await expectAccessible(page);

  // A filter begins with the first page, and is in the address.
  await page.getByRole('searchbox', { name: 'Type' }).fill('CreateUnicorn');
  await page.getByRole('link', { name: 'm-1', exact: true }).waitFor();
  await page.getByRole('link', { name: 'm-0', exact: true }).waitFor({ state: 'detached' });
  expect(new URL(page.url()).search).toBe('?type=CreateUnicorn');
  const filtered = await idsOf(page);
  expect(filtered.every((id) => Number(id.slice(2)) % 2 === 1)).toBe(true);

  // The way back leads to the same list.
  await page.getByRole('link', { name: 'm-1', exact: true }).click();
  await expectPage(page, 'CreateUnicorn');
  await page.goBack();
  await page.getByRole('link', { name: 'm-1', exact: true }).waitFor();
  expect(await page.getByRole('searchbox', { name: 'Type' }).inputValue()).toBe('CreateUnicorn');
  expect(await idsOf(page)).toEqual(filtered);

  // Somebody who gets the address sees the same list.
  const other = await open(new URL(page.url()).pathname + new URL(page.url()).search);
  await signIn(other, 'administrator', password);
  await other.getByRole('link', { name: 'm-1', exact: true }).waitFor();
  expect(await idsOf(other)).toEqual(filtered);
  expect(faults).toEqual([]);
});
