import type { Page } from 'playwright-core';
import { z } from 'zod';

export interface Scroll {
  /** Rows that were scrolled through. */
  rows: number;
  frames: number;
  /** Milliseconds between two frames. */
  longest: number;
  p99: number;
  /** Frames over 50 ms. */
  long: number;
}

/** Turns the wheel in each frame until the end of the page is reached. */
const scrollThrough = `new Promise((resolve) => {
  const place = document.scrollingElement;
  const deltas = [];
  let before;
  const step = (now) => {
    if (before !== undefined) deltas.push(now - before);
    before = now;
    const top = place.scrollTop;
    place.scrollBy({ top: 150, behavior: 'instant' });
    if (place.scrollTop > top || place.scrollHeight > globalThis.lastHeight) requestAnimationFrame(step);
    else resolve(deltas);
    globalThis.lastHeight = place.scrollHeight;
  };
  globalThis.lastHeight = place.scrollHeight;
  requestAnimationFrame(step);
})`;

/** Scrolls through the list of messages, page by page. */
export async function measureScroll(page: Page, pages: number): Promise<Scroll> {
  await page.getByRole('link', { name: 'Messages', exact: true }).click();
  await page.getByRole('heading', { name: 'Messages', level: 1 }).waitFor();
  const rows = page.locator('tbody tr');
  const deltas: number[] = [];
  let seen = 0;
  for (let turned = 0; turned < pages; turned++) {
    await rows.nth(10).waitFor();
    seen += await rows.count();
    deltas.push(...z.array(z.number()).parse(await page.evaluate(scrollThrough)));
    await page.evaluate('document.scrollingElement.scrollTo(0, 0)');
    const first = (await rows.first().getByRole('rowheader').textContent()) ?? '';
    await page.getByRole('button', { name: 'Next page' }).click();
    await rows.first().getByRole('rowheader').filter({ hasNotText: first }).waitFor();
  }
  const sorted = deltas.toSorted((one, other) => one - other);
  return {
    rows: seen,
    frames: sorted.length,
    longest: sorted.at(-1) ?? 0,
    p99: sorted[Math.ceil(0.99 * sorted.length) - 1] ?? 0,
    long: sorted.filter((delta) => delta > 50).length,
  };
}
