import { expect, it } from 'vitest';
import { password } from '../end-to-end/api-client.ts';
import { adminOf, createProcess, expectPage, signIn, useConsole } from './console-fixture.ts';

const running = useConsole();

const fileAt = (number: number) => ({
  ...{ file_id: `f-${number}`, source_path: `f-${number}`, state: 'stored', md5: '0', bytes_done: 0 },
  ...{ checksum_failures: 0, datetime_delivered: '2026-01-31T12:00:00Z', datetime_stored: null },
});

/** A page of the list of delivered files. */
const pageOf = (first: number) => ({
  project_no: '1',
  files: Array.from({ length: 100 }, (_, index) => fileAt(first + index)),
  ...(first === 0 && { next: 'f-99' }),
});

it('offers all delivered files for an analysis, also those of further pages', async () => {
  const { open, faults } = running();
  const ask = await adminOf(running());
  const { projectID, processID } = await createProcess(ask, 'Many files');
  const changes = { projectID, processIDs: [processID], changes: { serviceType: 1 }, deletions: {} };
  expect((await ask('PATCH /processes/public/updateProcess', changes)).status).toBe(200);
  const page = await open('/console/news');
  await page.route('**/uws/delivered_files*', (route) =>
    route.fulfill({ json: { data: pageOf(route.request().url().includes('after=') ? 100 : 0) } }),
  );
  await signIn(page, 'administrator', password);
  await expectPage(page, 'What is new');
  await page.goto(new URL(`/console/processes/${projectID}/${processID}`, page.url()).href);
  await page.getByLabel('Delivered files').first().click();
  await page.getByRole('option', { name: 'f-0', exact: true }).waitFor();
  await page.keyboard.press('End');
  await page.getByRole('option', { name: 'f-100', exact: true }).waitFor({ state: 'attached' });
  expect(faults).toEqual([]);
});
