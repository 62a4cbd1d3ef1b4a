import { expect, it } from 'vitest';
import { password } from '../end-to-end/api-client.ts';
import { adminOf, expectAccessible, expectPage, signIn, useConsole } from './console-fixture.ts';

const running = useConsole();

it('keeps the filter of a list that is refused, and what is typed into it', async () => {
  const { open, portal, poll, faults } = running();
  await portal.send('CreateUnicorn', {}, { messageId: 'unicorn' });
  expect(await poll()).toBeUndefined();
  const ask = await adminOf(running());
  expect((await ask('POST /accounts/admin/administrator/operator', {})).status).toBeLessThan(300);
  const page = await open('/console/messages');
  await signIn(page, 'administrator', password);
  await expectPage(page, 'Messages');
  await page.getByRole('rowheader', { name: 'unicorn' }).waitFor();
  await page.route(/operate.messages.*type=CreateU$/, (route) =>
    route.fulfill({ status: 400, json: { error: 'too many requests' } }),
  );

  const type = page.getByRole('searchbox', { name: 'Type' });
  await type.pressSequentially('CreateU');
  await page.getByText('too many requests').waitFor();
  await expectAccessible(page);
  await page.keyboard.type('nicorn');
  await page.getByRole('rowheader', { name: 'unicorn' }).waitFor();
  await page.getByText('too many requests').waitFor({ state: 'detached' });
  expect(await type.inputValue()).toBe('CreateUnicorn');
  expect(faults).toEqual([]);
});
