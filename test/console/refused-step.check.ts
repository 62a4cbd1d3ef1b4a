import { expect, it } from 'vitest';
import { password } from '../end-to-end/api-client.ts';
import { adminOf, createProcess, expectAccessible, signIn, useConsole } from './console-fixture.ts';

const running = useConsole();
const api = '/processes/public';

it('says why a step is refused that the page still offered, with the id of the request, and lets its reader go on', async () => {
  const { open, faults } = running();
  const ask = await adminOf(running());
  const clinic = { supportedServices: [2], members: ['administrator'], details: {} };
  expect((await ask('PUT /accounts/admin/organizations/Clinic', clinic)).status).toBe(201);
  const { projectID, processID } = await createProcess(ask, 'Tables');
  const update = async (changes: object, deletions: object = {}) =>
    expect(
      await ask(`PATCH ${api}/updateProcess`, { projectID, processIDs: [processID], changes, deletions }),
    ).toMatchObject({
      status: 200,
    });
  await update({ serviceType: 2 });

  const page = await open(`/console/processes/${projectID}/${processID}`);
  await signIn(page, 'administrator', password);
  await page.setInputFiles('input[type=file]', { name: 't.csv', mimeType: 'text/csv', buffer: Buffer.from('1') });
  await page.getByRole('link', { name: 'Download t.csv' }).waitFor();
  await page.getByLabel('Files for DST').click();
  await page.getByRole('option', { name: 't.csv' }).click();
  await page.keyboard.press('Escape');
  await page.getByLabel('Purpose').fill('for the paper');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByLabel('Contractor').first().click();
  await page.getByRole('option', { name: 'Clinic' }).click();
  const verify = page.getByRole('button', { name: 'Verify', exact: true });
  await verify.waitFor();

  // The page does not learn of what somebody else changes meanwhile.
  const released = Promise.withResolvers<void>();
  await page.route('**/process/get/**', async (route) => {
    await released.promise;
    await route.continue();
  });
  await update({}, { serviceDetails: { purpose: true } });
  const answer = page.waitForResponse((response) => response.url().endsWith('/states/buttons/get'));
  await verify.click();
  const refused = await answer;
  expect(refused.status()).toBe(409);
  const alert = page.getByRole('alert').or(page.getByRole('group')).filter({ hasText: 'No purpose is given' });
  await alert.first().waitFor();
  const requestId =
    (await refused.allHeaders())['apigw-requestid'] ?? (await refused.allHeaders())['x-request-id'] ?? '';
  expect(requestId).not.toBe('');
  await page.getByText(`Request id: ${requestId}`).waitFor();
  await expectAccessible(page);

  released.resolve();
  await page.getByLabel('Purpose').fill('for the thesis');
  const saved = page.waitForResponse((response) => response.url().endsWith('/updateProcess'));
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  expect((await saved).status()).toBe(200);
  await verify.click();
  await page.getByText('Verified').first().waitFor();
  await page.getByText(/^Request id: /).waitFor({ state: 'detached' });
  expect(faults).toEqual([]);
});
