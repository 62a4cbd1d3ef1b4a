import { loadavg } from 'node:os';
import { chromium, type Page } from 'playwright-core';
import { chromiumPath, installChromium } from '../../console/install.ts';
import { Unavailable } from '../../emulator/install.ts';
import { type Changes, measureChanges } from './change.ts';
import { type FirstLoad, measureFirstLoad } from './first-load.ts';
import { type Operator, startWithMessages } from './gateway.ts';
import { measureScroll, type Scroll } from './scroll.ts';

export interface ConsoleTime {
  firstLoad: FirstLoad;
  scroll: Scroll;
  changes: Changes;
  /** Processes that wanted a processor meanwhile, a minute's mean. */
  load: number;
}

export const listedMessages = 10_000;
const turns = 10;
const changes = 60;

/**
 * Opens the console in Debian's Chromium, at a gateway with many messages.
 *
 * @returns undefined where Chromium cannot be installed
 */
export async function measureConsole(): Promise<ConsoleTime | undefined> {
  try {
    installChromium();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`!!! NOT MEASURED: Chromium cannot be installed: ${error.message} !!!`);
    return undefined;
  }
  await using started = new AsyncDisposableStack();
  const { gateway, operator } = await startWithMessages(started, listedMessages);
  // The sandbox needs rights that containers lack; the pages are the gateway's own.
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
  started.defer(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 1_280, height: 800 }, locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(gateway.endpoints.console?.url ?? '');
  await signIn(page, operator);
  const shown = await measureChanges(page, gateway, changes);
  const scroll = await measureScroll(page, turns);
  await page.getByRole('link', { name: 'Overview', exact: true }).click();
  const firstLoad = await measureFirstLoad(page);
  return { firstLoad, scroll, changes: shown, load: loadavg()[0] ?? 0 };
}

async function signIn(page: Page, { username, password }: Operator): Promise<void> {
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
}
