import { expect, it } from 'vitest';
import { expectPage, useConsole } from './console-fixture.ts';

const running = useConsole();

it('loads the page anew once when one of its files is missing, and then says so', async () => {
  const page = await running().open();
  await expectPage(page, 'Sign in');
  let documents = 0;
  page.on('request', (request) => {
    if (request.isNavigationRequest()) documents += 1;
  });
  await page.route('**/assets/components-*.js', (route) => route.fulfill({ status: 403 }));
  await page.reload();
  await page.getByText('This page failed').waitFor();
  expect(documents).toBe(2);
  await page.unrouteAll();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expectPage(page, 'Sign in');
});
