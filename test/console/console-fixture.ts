import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { z } from 'zod';
import { askOf, becomeAdmin } from '../end-to-end/api-client.ts';
import { type EndToEnd, type SetupOptions, useGateway } from '../end-to-end/setup.ts';
import { chromiumPath } from './install.ts';

/** Where pictures of pages are put, for a person to look at. */
const pictures = join(import.meta.dirname, 'screenshots');

/** A script that catches what the policy refuses it leaves no error. */
const reportViolations =
  "addEventListener('securitypolicyviolation', (violation) => console.error('policy', violation.effectiveDirective))";

/** Milliseconds that a page may take on a busy machine. */
const patience = 60_000;

/** A browser, and faults that its pages reported: errors of scripts, of the page's policy, calls to other hosts. */
export interface ConsoleBrowser {
  /** The console's address, without a slash at the end. */
  url: string;
  /** A page of another person: with cookies of its own. */
  open(path?: string, options?: BrowserContextOptions): Promise<Page>;
  /** Faults so far. */
  faults: string[];
}

export interface ConsoleTest extends EndToEnd, ConsoleBrowser {}

/** Starts a gateway and a browser for the tests of a file. @returns both, once a test runs */
export function useConsole(options: SetupOptions = {}): () => ConsoleTest {
  const endToEnd = useGateway(options);
  vi.setConfig({ testTimeout: 3 * patience });
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  const faults: string[] = [];

  beforeAll(async () => {
    // The sandbox needs rights that containers lack; the pages are the gateway's own.
    browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
  });

  return () => {
    const running = endToEnd();
    const url = running.gateway.endpoints.console?.url ?? '';
    const open = async (path = '/', options: BrowserContextOptions = {}) => {
      // Colours are judged as they are at rest: what fades in has less contrast meanwhile.
      const context = await browser.newContext({
        viewport: { width: 1_280, height: 800 },
        locale: 'en-GB',
        reducedMotion: 'reduce',
        ...options,
      });
      contexts.push(context);
      context.setDefaultTimeout(patience);
      await context.addInitScript(reportViolations);
      watchFaults(context, [url, running.gateway.endpoints.s3.endpoint], faults);
      const page = await context.newPage();
      await page.goto(`${url}${path}`);
      return page;
    };
    return { ...running, url, open, faults };
  };
}

/**
 * Notes what no page of the console may do. Refusals of the API are a part of its use.
 *
 * @param servers that pages may call: the gateway's, and S3 for large files
 */
function watchFaults(context: BrowserContext, servers: readonly string[], faults: string[]): void {
  context.on('weberror', (error) => faults.push(`error: ${error.error().stack}`));
  context.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !/^Failed to load resource: |ERR_INTERNET_DISCONNECTED/.test(text))
      faults.push(text);
  });
  context.on('request', (request) => {
    if (!servers.some((server) => request.url().startsWith(`${new URL(server).origin}/`)))
      faults.push(`request to ${request.url()}`);
  });
}

export async function signIn(page: Page, userName: string, password: string): Promise<void> {
  await page.getByLabel('User name').fill(userName);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Sets an own password after a one-time password. */
export async function setPassword(page: Page, password: string): Promise<void> {
  await page.getByLabel('New password', { exact: true }).fill(password);
  await page.getByLabel('New password again').fill(password);
  await page.getByRole('button', { name: 'Set the password' }).click();
}

/** Waits for the page whose heading has a name. */
export const expectPage = (page: Page, name: string): Promise<void> =>
  page.getByRole('heading', { name, level: 1 }).waitFor();

/** Expects that the page is beside the navigation, and has most of the width. */
export async function expectLayout(page: Page): Promise<void> {
  const [menu, main] = await Promise.all(['.navigation', 'main'].map((part) => page.locator(part).boundingBox()));
  expect(main?.y).toBe(menu?.y);
  expect(main?.x).toBeGreaterThanOrEqual((menu?.x ?? 0) + (menu?.width ?? 0));
  expect(main?.width).toBeGreaterThan((page.viewportSize()?.width ?? 0) / 2);
}

const axeResult = z.object({
  violations: z.array(z.object({ id: z.string(), help: z.string(), nodes: z.array(z.object({ html: z.string() })) })),
});

/** Expects that axe finds no violation of accessibility on the page as it is. */
export async function expectAccessible(page: Page): Promise<void> {
  // By the debugger: the page's policy lets no other script run.
  await page.evaluate(axe.source);
  const { violations } = axeResult.parse(await page.evaluate('axe.run()'));
  expect(violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual(
    [],
  );
}

/** Writes a picture of a page to `test/console/screenshots`. */
export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

/** Asks the API with the token of the first admin. */
export async function adminOf({ gateway, dataDirectory }: EndToEnd) {
  const ask = askOf(gateway.endpoints.api?.url ?? '', () => '');
  const token = await becomeAdmin(ask, dataDirectory);
  return (request: string, body?: object) => ask(request, body, { token });
}

const credential = z.object({ loginName: z.string(), oneTimePassword: z.string() });

/** Creates a process in a project of its own. */
export async function createProcess(ask: Awaited<ReturnType<typeof adminOf>>, title: string) {
  const project = await ask('POST /processes/public/project/create', { title });
  const { projectID } = z.object({ projectID: z.string() }).parse(project.body);
  const process = await ask(`GET /processes/public/createProcessID/${projectID}`);
  const { processID } = z.object({ processID: z.string() }).parse(process.body);
  return { projectID, processID };
}

/** Creates a project with an access, and waits until the portal has its credentials. */
export async function createResearcher(
  { portal, drain }: EndToEnd,
  { projectNo, accessIdentifier }: { projectNo: string; accessIdentifier: string },
) {
  await portal.send('CreateProject', { projectNo });
  await portal.send('CreateProjectAccess', { projectNo, accessIdentifier });
  await drain();
  const sent = (await portal.snapshot()).credentials.get(accessIdentifier)?.at(-1);
  return credential.parse(sent);
}
