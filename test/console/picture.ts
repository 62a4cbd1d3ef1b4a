import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { z } from 'zod';
import { askOf, becomeAdmin, password } from '../end-to-end/api-client.ts';
import { chromiumPath } from './install.ts';

/** Plays a day of `npm start`, and takes the README's pictures of the console as an operator sees the gateway afterwards. */
const root = join(import.meta.dirname, '..', '..');
const size = { width: 1_100, height: 620 };

/** The most bytes of a picture: the README loads all of them. */
const maxBytes = 60_000;

/** Line of `npm start -- --stay` after its day. */
const isOver = 'The gateway goes on until Ctrl-C';

const endpoints = z.object({ console: z.object({ url: z.string() }), api: z.object({ url: z.string() }) });

async function takePictures(directory: string): Promise<void> {
  const { console: page, api } = endpoints.parse(JSON.parse(readFileSync(join(directory, 'endpoints.json'), 'utf8')));
  const ask = askOf(api.url, () => '');
  const token = await becomeAdmin(ask, directory);
  const operator = await ask('POST /accounts/admin/administrator/operator', {}, { token });
  if (operator.status !== 201) throw new Error(`The administrator is no operator: ${operator.status}`);
  // The sandbox needs rights that containers lack; the pages are the gateway's own.
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
  try {
    const tab = await browser.newPage({ viewport: size, locale: 'en-GB', reducedMotion: 'reduce' });
    await tab.goto(page.url);
    await tab.getByLabel('User name').fill('administrator');
    await tab.getByLabel('Password', { exact: true }).fill(password);
    await tab.getByRole('button', { name: 'Sign in' }).click();
    await tab.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    await tab.getByText('Live', { exact: true }).waitFor();
    await take(browser, tab, 'overview');
    await tab.getByRole('link', { name: 'Incidents', exact: true }).first().click();
    await tab.getByRole('heading', { name: 'Incidents', level: 1 }).waitFor();
    await tab.getByRole('rowheader').first().waitFor();
    await take(browser, tab, 'incidents');
    await tab.getByRole('rowheader').first().getByRole('link').click();
    await tab.getByRole('heading', { name: 'What happened' }).waitFor();
    await take(browser, tab, 'incident');
  } finally {
    await browser.close();
  }
}

/** Writes what a page shows to `.github`, as WebP: the browser itself makes it of the lossless picture. */
async function take(browser: Browser, page: Page, name: string): Promise<void> {
  await page.waitForLoadState('networkidle');
  const source = (await page.screenshot()).toString('base64');
  const canvas = await browser.newPage();
  const address = z.string().parse(
    await canvas.evaluate(`(async () => {
      const image = new Image();
      image.src = 'data:image/png;base64,${source}';
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), { width: ${size.width}, height: ${size.height} });
      canvas.getContext('2d').drawImage(image, 0, 0);
      return canvas.toDataURL('image/webp', 0.7);
    })()`),
  );
  await canvas.close();
  const picture = Buffer.from(address.replace(/^[^,]*,/, ''), 'base64');
  if (picture.length > maxBytes) throw new Error(`${name} has ${picture.length} bytes`);
  writeFileSync(join(root, '.github', `console-${name}.webp`), picture);
}

const directory = mkdtempSync(join(tmpdir(), 'picture-'));
const start = join(root, 'infra', 'local', 'start.ts');
const day = spawn(process.execPath, [start, '--data-dir', directory, '--stay'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = once(day, 'close');
try {
  let output = '';
  for await (const text of day.stdout.setEncoding('utf8')) {
    output += text;
    if (output.includes(isOver)) break;
  }
  if (!output.includes(isOver)) throw new Error(`npm start ended:\n${output}`);
  await takePictures(directory);
} finally {
  day.kill('SIGINT');
  await ended;
  rmSync(directory, { recursive: true });
}
