import { loadavg } from 'node:os';
import { chromium, type Page } from 'playwright-core';
import { chromiumPath, installChromium } from '../../console/install.ts';
import { Unavailable } from '../../emulator/install.ts';
import { type Changes, measureChanges } from './change.ts';
import { type FirstLoad, measureFirstLoad } from './first-load.ts';
import { type Operator, startConsoleGateway } from './gateway.ts';
import { measureScroll, type Scroll } from './scroll.ts';

export interface ConsoleTime {
  firstLoad: FirstLoad;
  scroll: Scroll;
  /** With an ordinary number of messages that are not marked, and with as many as are listed. */
  changes: Readonly<Record<number, Changes>>;
  /** Processes that wanted a processor meanwhile, a minute's mean. */
  load: number;
}

const ordinaryMessages = 1_000;
export const listedMessages = 10_000;
const turns = 10;
const rounds = 60;

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
  const { gateway, operator, receive } = await startConsoleGateway(started);
  // The sandbox needs rights that containers lack; the pages are the gateway's own.
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
  started.defer(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 1_280, height: 800 }, locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(gateway.endpoints.console?.url ?? '');
  await signIn(page, operator);
  const changes: Record<number, Changes> = {};
  await receive(ordinaryMessages);
  const firstLoad = await measureFirstLoad(page);
  changes[ordinaryMessages] = await measureChanges(page, gateway, rounds);
  await receive(listedMessages - ordinaryMessages);
  await page.reload();
  changes[listedMessages] = await measureChanges(page, gateway, rounds);
  const scroll = await measureScroll(page, turns);
  return { firstLoad, scroll, changes, load: loadavg()[0] ?? 0 };
}

async function signIn(page: Page, { username, password }: Operator): Promise<void> {
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
}
