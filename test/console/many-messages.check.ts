import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { password } from '../end-to-end/api-client.ts';
import { adminOf, expectAccessible, expectPage, signIn, useConsole } from './console-fixture.ts';

const running = useConsole();

/** More than two pages of the list. */
const count = 230;

const idsOf = (page: Page) => page.getByRole('rowheader').allInnerTexts();
const searchOf = (page: Page) => new URL(page.url()).search;
const message = (page: Page, index: number) => page.getByRole('link', { name: `m-${index}`, exact: true });

/** Notes the id of each row that is drawn from now on. */
const noteRows = `globalThis.drawn = [];
new MutationObserver((records) => {
  const added = records.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node instanceof Element);
  for (const { textContent } of added.flatMap((element) => [...element.querySelectorAll('tr th a')])) drawn.push(textContent);
}).observe(document, { childList: true, subtree: true });`;

const incidents = z.object({ incidents: z.array(z.object({ incidentId: z.string() })) });

it('shows many messages page by page, by a filter that the address keeps', async () => {
  const { open, portal, poll, drain, faults } = running();
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
  expect(searchOf(page)).toBe('?page=3');

  // Back and forward turn pages, and lead from a message to its page of the list.
  await message(page, 229).click();
  await expectPage(page, 'CreateUnicorn');
  await page.goBack();
  await message(page, 229).waitFor();
  expect(await idsOf(page)).toEqual(seen.slice(200));
  await page.goBack();
  await message(page, 100).waitFor();
  expect(searchOf(page)).toBe('?page=2');
  await page.goBack();
  await message(page, 0).waitFor();
  expect(searchOf(page)).toBe('');
  await page.goForward();
  await message(page, 100).waitFor();
  await expectAccessible(page);

  // A filter begins with the first page, and is in the address.
  await page.getByRole('searchbox', { name: 'Type' }).pressSequentially('CreateUnicorn');
  await page.getByRole('link', { name: 'm-1', exact: true }).waitFor();
  await page.getByRole('link', { name: 'm-0', exact: true }).waitFor({ state: 'detached' });
  await expect.poll(() => searchOf(page)).toBe('?type=CreateUnicorn');
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

  // An address leads to its page of the list, which is drawn once.
  await other.addInitScript(noteRows);
  await other.goto(`${running().url}/console/messages?page=3`);
  await message(other, 229).waitFor();
  expect(await other.evaluate('drawn')).toEqual(seen.slice(200));
  await other.getByText('Live', { exact: true }).waitFor();

  // When the list has become shorter, it is its last page.
  await other.goto(`${running().url}/console/messages?page=9`);
  await message(other, 229).waitFor();
  await expect.poll(() => searchOf(other)).toBe('?page=3');
  const { body } = await ask('GET /operate/incidents');
  for (const { incidentId } of incidents.parse(body).incidents.slice(0, count - 200))
    expect((await ask('POST /operate/incident/dismiss', { incidentId, reason: 'a test' })).status).toBe(200);
  await drain(200);
  await expect.poll(async () => (await idsOf(other)).length, { timeout: 60_000 }).toBe(100);
  await expect.poll(() => searchOf(other)).toBe('?page=2');
  expect(faults).toEqual([]);
});
