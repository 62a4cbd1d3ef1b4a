import type { Page, Route } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { password } from '../end-to-end/api-client.ts';
import { adminOf, createProcess, expectPage, signIn, useConsole } from './console-fixture.ts';

const running = useConsole();
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).last().click();

/** Lets a request take effect, and loses the answer. */
async function loseAnswer(route: Route): Promise<void> {
  const headers = { ...(await route.request().allHeaders()), 'sec-fetch-site': 'same-origin' };
  expect((await route.fetch({ headers })).ok()).toBe(true);
  await route.abort();
}

let ask: Awaited<ReturnType<typeof adminOf>>;
beforeAll(async () => {
  ask = await adminOf(running());
});

it('creates once what is asked for again because the answer was lost', async () => {
  const { open, faults } = running();
  const page = await open('/console/processes');
  await signIn(page, 'administrator', password);
  await expectPage(page, 'Processes');

  await press(page, 'Create project');
  await page.getByLabel('Title').fill('Once');
  await page.route('**/project/create', loseAnswer, { times: 1 });
  await press(page, 'Create');
  await page.getByText('The gateway cannot be reached').waitFor();
  await press(page, 'Create');
  await expectPage(page, 'Once');
  const { projects } = z
    .object({ projects: z.array(z.object({ projectID: z.string() })) })
    .parse((await ask('GET /processes/public/getFlatProjects')).body);
  expect(projects).toHaveLength(1);

  await page.route('**/createProcessID/*', loseAnswer, { times: 1 });
  await press(page, 'New process');
  await page.getByText('The gateway cannot be reached').waitFor();
  await press(page, 'New process');
  await page.getByText('Choose a service first').waitFor();
  const projectID = projects[0]?.projectID ?? '';
  const read = () => ask(`GET /processes/public/project/get/${projectID}`);
  expect((await read()).body).toMatchObject({ processes: [{}] });

  // Another one is asked for after that.
  await page.goBack();
  await expectPage(page, 'Once');
  await press(page, 'New process');
  await page.getByText('Choose a service first').waitFor();
  expect((await read()).body).toMatchObject({ processes: [{}, {}] });
  expect(faults).toEqual([]);
});

it('shows the files of several that were uploaded before one failed', async () => {
  const { open, faults } = running();
  const { projectID, processID } = await createProcess(ask, 'Files');
  const page = await open(`/console/processes/${projectID}/${processID}`);
  await signIn(page, 'administrator', password);
  await page.getByRole('button', { name: 'Upload files' }).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  await page.route('**/uploadFiles', (route) =>
    route.request().postData()?.includes('second') ? route.abort() : route.continue(),
  );
  const names = ['first.csv', 'second.csv'];
  await page.setInputFiles(
    'input[type=file]',
    names.map((name) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(name) })),
  );
  await page.getByText('The gateway cannot be reached').waitFor();
  await page.getByRole('link', { name: 'Download first.csv' }).waitFor();
  expect(faults).toEqual([]);
});

it('leads from a process that is deleted to its project', async () => {
  const { open, faults } = running();
  const { projectID, processID } = await createProcess(ask, 'Gone');
  const page = await open(`/console/processes/${projectID}`);
  await signIn(page, 'administrator', password);
  await expectPage(page, 'Gone');
  await page.getByRole('link', { name: processID.slice(0, 6) }).click();
  await press(page, 'Delete process');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete process' }).click();
  await expectPage(page, 'Gone');
  await page.getByText('The project has no process yet').waitFor();
  expect(faults).toEqual([]);
});
