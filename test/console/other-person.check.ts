import { expect, it } from 'vitest';
import { password } from '../end-to-end/api-client.ts';
import { adminOf, expectPage, signIn, useConsole } from './console-fixture.ts';

const running = useConsole();

it('shows nothing of one person to the next, who signs in on the same page', async () => {
  const { open, faults } = running();
  const ask = await adminOf(running());
  for (const username of ['eve', 'bob']) {
    const account = { username, password, autoGeneratePassword: false, email: `${username}@centre.example` };
    expect((await ask(`POST /accounts/user/${username}`, account)).status).toBeLessThan(300);
  }
  const page = await open('/console/processes');
  await signIn(page, 'eve', password);
  await page.getByRole('button', { name: 'Create project' }).click();
  await page.getByLabel('Title').fill('Hearts of the north');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await expectPage(page, 'Hearts of the north');
  await page.getByRole('link', { name: 'Processes', exact: true }).first().click();
  await page.getByRole('link', { name: 'Hearts of the north' }).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  expect((await ask('DELETE /accounts/user/eve/sessions')).status).toBe(200);
  await expectPage(page, 'Sign in');

  // No answer to bob has come yet.
  const released = Promise.withResolvers<void>();
  await page.route('**/processes/public/getFlatProjects*', async (route) => {
    await released.promise;
    await route.continue();
  });
  await signIn(page, 'bob', password);
  await expectPage(page, 'Processes');
  await page.getByRole('button', { name: 'Account: bob' }).waitFor();
  expect(await page.getByText('Hearts of the north').count()).toBe(0);
  released.resolve();
  await page.getByText('You have no project').waitFor();
  expect(faults).toEqual([]);
});
