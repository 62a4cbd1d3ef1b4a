import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { password } from '../end-to-end/api-client.ts';
import { adminOf, createProcess, signIn, useConsole } from './console-fixture.ts';

const running = useConsole();

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

it('puts a file that is too large for a form into S3, and gives it back as it was', async () => {
  const { open, faults, gateway } = running();
  const ask = await adminOf(running());
  const { projectID, processID } = await createProcess(ask, 'Large files');
  const page = await open(`/console/processes/${projectID}/${processID}`);
  await signIn(page, 'administrator', password);
  await page.getByRole('button', { name: 'Upload files' }).waitFor();

  const bytes = randomBytes(9 * 1_024 ** 2 + 1);
  const put = page.waitForResponse((response) => response.request().method() === 'PUT');
  await page.setInputFiles('input[type=file]', {
    name: 'results <1>.bin',
    mimeType: 'text/html',
    buffer: bytes,
  });
  const answer = await put;
  expect(new URL(answer.url()).origin).toBe(new URL(gateway.endpoints.s3.endpoint).origin);
  expect(answer.status()).toBe(200);
  const sent = await answer.request().allHeaders();
  expect(sent).not.toHaveProperty('cookie');
  expect(sent).not.toHaveProperty('x-console');

  const link = page.getByRole('link', { name: 'Download results <1>.bin' });
  await link.waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  expect(download.suggestedFilename()).toMatch(/^results .1..bin$/);
  expect(sha256(await readFile(await download.path()))).toBe(sha256(bytes));

  const remove = page.getByRole('button', { name: 'Delete results <1>.bin' });
  await remove.click();
  const dialog = page.getByRole('dialog', { name: 'Delete results <1>.bin' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await remove.click();
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await link.waitFor({ state: 'detached' });
  await dialog.waitFor({ state: 'hidden' });
  expect(faults).toEqual([]);
});
