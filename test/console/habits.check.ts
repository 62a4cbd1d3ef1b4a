import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { da } from '../../infra/console/src/texts/da/da.ts';
import { en } from '../../infra/console/src/texts/en/en.ts';
import { type Ask, password } from '../end-to-end/api-client.ts';
import { adminOf, createProcess, expectAccessible, expectPage, signIn, useConsole } from './console-fixture.ts';

const running = useConsole();

/** Far from UTC, so that local times differ from it. */
const timeZone = 'America/New_York';

interface VisitedPage {
  path: string;
  name: Exclude<keyof typeof en.pages, 'groups'>;
  /** In place of the path's parameters. */
  at?: string;
  /** Heading, where it is not the page's name. */
  heading?: string;
  /** Ids that can be copied. */
  ids?: readonly string[];
  /** Text of the page while there is nothing yet, which says what to do or what will come. */
  empty?: string;
  /** Beginning of the paths that the page reads. */
  reads?: string;
}

const visited: readonly VisitedPage[] = [
  { path: 'overview', name: 'overview', reads: '/operate/status' },
  {
    ...{ path: 'messages', name: 'messages', ids: ['unicorn', 'delivery'], reads: '/operate/messages' },
    empty: 'Without a project, only messages are listed that are not marked yet.',
  },
  {
    ...{ path: 'messages/one', name: 'message', at: 'messages/one?id=delivery', heading: 'DataDeliveryReady' },
    ...{ ids: ['delivery', '1001'], reads: '/operate/message' },
  },
  {
    ...{ path: 'transfers', name: 'transfers', ids: ['slow', '1001'], reads: '/operate/transfers' },
    empty: 'No file is being moved.',
  },
  { path: 'incidents', name: 'incidents', empty: 'Nothing needs a person.', reads: '/operate/incidents' },
  {
    ...{ path: 'incidents/one', name: 'incident' },
    ...{ heading: 'Unknown type of message', ids: ['unicorn'], reads: '/operate/incident' },
  },
  {
    ...{ path: 'projects', name: 'projects', ids: ['1001'], reads: '/operate/projects' },
    empty: 'There is no project yet. DST creates them by messages.',
  },
  {
    ...{ path: 'projects/one', name: 'projectPage', at: 'projects/one?id=1001', heading: 'Project 1001' },
    ...{ ids: ['slow'], reads: '/operate/project' },
  },
  {
    ...{ path: 'history', name: 'history', at: 'history?subject=project%231001', reads: '/operate/history' },
    empty: en.operate.chooseSubject,
  },
  {
    path: 'news',
    name: 'news',
    empty: 'What others do in your processes appears here',
    reads: '/processes/public/events',
  },
  {
    path: 'files',
    name: 'files',
    empty: 'You have no enabled access to a project of DST',
    reads: '/uws/delivered_files',
  },
  {
    ...{ path: 'processes', name: 'processes', reads: '/processes/public' },
    empty: 'Create one: it holds your processes.',
  },
  { path: 'processes/:projectID', name: 'processProject', heading: 'Tables', reads: '/processes/public/project' },
  { path: 'processes/:projectID/:processID', name: 'process', reads: '/processes/public/process' },
  {
    path: 'workspaces',
    name: 'workspaces',
    empty: 'Create one to run jobs on delivered files.',
    reads: '/uws/workspaces',
  },
  { path: 'workspaces/new', name: 'newWorkspace' },
  { path: 'workspaces/:id', name: 'workspace', at: 'workspaces/1', heading: 'laboratory', reads: '/uws/workspaces' },
  { path: 'jobs', name: 'jobs', empty: 'Start one in a workspace.', reads: '/uws/jobs' },
  { path: 'jobs/:id', name: 'job', at: 'jobs/1', heading: 'Job 1', reads: '/uws/jobs' },
  {
    ...{ path: 'accounts', name: 'accounts', ids: ['administrator'], reads: '/accounts/admin' },
    empty: 'There is no organization yet.',
  },
  {
    ...{ path: 'accounts/one', name: 'namedAccount', at: 'accounts/one?name=administrator', heading: 'administrator' },
    ...{ ids: ['administrator'], reads: '/accounts/user' },
  },
  { path: 'account', name: 'account', reads: '/accounts/user' },
];

let page: Page;
let ask: (...request: Parameters<Ask>) => ReturnType<Ask>;

/** Addresses of pages about something whose id is known only here. */
const places = new Map<string, string>();
const addressOf = ({ path, at = path }: VisitedPage) => `/console/${places.get(path) ?? at}`;

beforeAll(async () => {
  ask = await adminOf(running());
  expect((await ask('POST /accounts/admin/administrator/operator', {})).status).toBeLessThan(300);
  page = await running().open('/console/overview', { timezoneId: timeZone });
  await signIn(page, 'administrator', password);
  await expectPage(page, 'Overview');
}, 180_000);

/** Shows a page by its address, and waits until all of it is there. */
async function show(address: string): Promise<void> {
  await page.goto(`${running().url}${address}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
}

it('the pages here are those of the navigation', () => {
  const source = readFileSync(join(import.meta.dirname, '../../infra/console/src/app/navigation.ts'), 'utf8');
  const paths = [...source.matchAll(/path: '([^']+)'/g)].map(([, path]) => path);
  expect(visited.map(({ path }) => path).toSorted()).toEqual(paths.toSorted());
});

describe('with nothing to show yet', () => {
  const lists = visited.filter(({ empty }) => empty !== undefined);

  it.each(lists)('$path says what will come, or what to do', async ({ path, empty = '' }) => {
    await show(`/console/${path}`);
    await page.getByText(empty).first().waitFor();
    await expectAccessible(page);
  });
});

describe('with something to show', () => {
  beforeAll(seed, 180_000);
  afterEach(() => expect(running().faults).toEqual([]));

  it.each(visited)('$path', async (each) => {
    const { name, heading = en.pages[name], ids = [], reads } = each;
    await show(addressOf(each));
    if (each.path !== 'processes/:projectID/:processID') await expectPage(page, heading);
    expect.soft(await page.title()).toBe(`${en.pages[name]} · ${en.common.product}`);
    for (const id of ids)
      await page
        .getByRole('button', { name: `Copy ${id}` })
        .first()
        .waitFor();
    await expectLocalTimes();
    expect.soft(await outOfReach()).toEqual([]);
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: null });
    if (reads !== undefined) await expectRefusalShown(reads);
    await expectDanish(each);
  });

  it('goes on at the page that a link leads to, and back', async () => {
    await show('/console/overview');
    await page.keyboard.press('Tab');
    expect(await focused()).toContain('Skip to the page');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('page');
    const link = page.getByRole('navigation').getByRole('link', { name: 'Projects', exact: true });
    await link.focus();
    await page.keyboard.press('Enter');
    await expectPage(page, 'Projects');
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('page');
    await page.keyboard.press('Tab');
    expect(await page.evaluate("document.querySelector('main').contains(document.activeElement)")).toBe(true);
    await page.getByRole('link', { name: '1001', exact: true }).click();
    await expectPage(page, 'Project 1001');
    expect(await page.evaluate('scrollY')).toBe(0);
    await page.goBack();
    await expectPage(page, 'Projects');
    await page.goBack();
    await expectPage(page, 'Overview');
  });
});

/** Gives each page something to show: a transfer that takes long, a held message, a process, a workspace with a job. */
async function seed(): Promise<void> {
  const { portal, poll, drain } = running();
  await portal.send('CreateProject', { projectNo: '1001' });
  await portal.send('CreateProjectAccess', { projectNo: '1001', accessIdentifier: 'anna' });
  await drain();
  const files = [await portal.addFile({ fileId: 'slow', size: 300_000_000 }, { bytesPerSecond: 100_000 })];
  const delivery = { dataDeliveryId: 'd-1', projectNo: '1001', files };
  await portal.send('DataDeliveryReady', delivery, { messageId: 'delivery' });
  await portal.send('CreateUnicorn', { size: 1 }, { messageId: 'unicorn' });
  expect(await poll()).toBeUndefined();
  const { body } = await ask('GET /operate/incidents');
  const { incidents } = z.object({ incidents: z.array(z.object({ incidentId: z.string() })) }).parse(body);
  places.set('incidents/one', `incidents/one?id=${encodeURIComponent(incidents[0]?.incidentId ?? '')}`);

  const { projectID, processID } = await createProcess(ask, 'Tables');
  places.set('processes/:projectID', `processes/${projectID}`);
  places.set('processes/:projectID/:processID', `processes/${projectID}/${processID}`);
  const changes = { serviceType: 2, messages: { text: 'Hello' } };
  const order = { projectID, processIDs: [processID], changes, deletions: {} };
  expect((await ask('PATCH /processes/public/updateProcess', order)).status).toBe(200);

  const script = { name: 'run.sh', content: 'echo done' };
  const workspace = { name: 'laboratory', description: '', workspace_details: { files: [script] } };
  await askAsPage('POST', '/uws/workspaces', workspace);
  const job = { job_type: 'batch', job_details: { script: 'run.sh' }, resource_options: {} };
  await askAsPage('PUT', '/uws/workspaces/1/start', job);
}

/** Asks the API with the session of the page. */
async function askAsPage(method: string, path: string, body: object): Promise<void> {
  const given = JSON.stringify({
    method,
    headers: { 'x-console': '1', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(await page.evaluate(`fetch('${path}', ${given}).then(({ ok }) => ok)`)).toBe(true);
}

const times = z.array(z.object({ at: z.string(), hint: z.string(), text: z.string() }));

/** Expects times as the reader's clock shows them, with UTC on hover. */
async function expectLocalTimes(): Promise<void> {
  const shown = await page.evaluate(
    "[...document.querySelectorAll('main time')].map((each) => ({ at: each.dateTime, hint: each.title, text: each.innerText }))",
  );
  const options = { timeZone, dateStyle: 'medium', timeStyle: 'medium' } as const;
  for (const { at, hint, text } of times.parse(shown)) {
    expect.soft(hint).toBe(`${at.slice(0, 19).replace('T', ' ')} UTC`);
    expect.soft(text).toBe(new Date(at).toLocaleString('en-GB', options));
  }
}

const focused = () => page.evaluate('document.activeElement.outerHTML');

/** Things on the page that can be used, and that the Tab key does not come to. */
async function outOfReach(): Promise<unknown> {
  await page.evaluate(`{
    document.activeElement.blur();
    const usable = [...document.querySelectorAll('a[href], button, input, select, textarea, [tabindex]')].filter(
      (each) => each.tabIndex >= 0 && !each.disabled && each.checkVisibility({ visibilityProperty: true }) && each.getClientRects().length > 0,
    );
    window.left = new Set(usable);
    addEventListener('focusin', ({ target }) => window.left.delete(target));
  }`);
  const count = z.number().parse(await page.evaluate('window.left.size'));
  for (let pressed = 0; pressed < count + 5; pressed++) await page.keyboard.press('Tab');
  return page.evaluate(
    '[...window.left].filter((each) => each.isConnected).map((each) => each.outerHTML.slice(0, 200))',
  );
}

/**
 * Expects that a refusal of what the page reads is shown with the id of the request, that it stays during another try, and that
 * this shows the page.
 */
async function expectRefusalShown(reads: string): Promise<void> {
  const matches = ({ pathname }: URL) => pathname.startsWith(reads);
  await page.route(matches, (route) =>
    route.fulfill({ status: 403, headers: { 'x-request-id': 'of-this-test' }, json: { message: 'Access Denied' } }),
  );
  await page.reload();
  // With the first connection everything is read anew.
  await page.getByText('Live', { exact: true }).waitFor();
  await page.waitForLoadState('networkidle');
  const refusal = page.getByText('Request id: of-this-test');
  await refusal.first().waitFor();
  await expectAccessible(page);
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  await page.route(matches, async (route) => {
    asked.resolve();
    await released.promise;
    await route.continue();
  });
  const retry = page.getByRole('button', { name: 'Try again' });
  const count = await retry.count();
  for (const button of await retry.elementHandles()) await button.dispatchEvent('click');
  await asked.promise;
  await retry
    .and(page.locator('[aria-disabled=true]'))
    .nth(count - 1)
    .waitFor();
  expect.soft(await refusal.count()).toBe(count);
  expect.soft(await page.getByText(en.common.loading).count()).toBe(0);
  released.resolve();
  await refusal.first().waitFor({ state: 'detached' });
  await page.unroute(matches);
  await page.getByRole('heading', { level: 1 }).waitFor();
}

/** Expects that all of a page is in Danish. */
async function expectDanish({ name, heading }: VisitedPage): Promise<void> {
  await page.evaluate("localStorage.setItem('language', 'da')");
  await page.reload();
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
  expect.soft(await page.getAttribute('html', 'lang')).toBe('da');
  expect.soft(await page.title()).toBe(`${da.pages[name]} · ${da.common.product}`);
  if (heading === undefined && name !== 'process') await expectPage(page, da.pages[name]);
  // Articles of the runbook are in English alone, and so is the name of the language.
  const english = page.locator('[lang=en]').filter({ hasNotText: /Description:|^English$/ });
  expect.soft(await english.allInnerTexts()).toEqual([]);
  await page.evaluate("localStorage.removeItem('language')");
}
