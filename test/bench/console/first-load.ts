import type { CDPSession, Page } from 'playwright-core';

export interface FirstLoad {
  /** As they travel with gzip, headers included, until the page is live. */
  bytes: number;
  /** Seconds until the page can be used, by the line that Chromium imitates. */
  seconds: Readonly<Record<Line, number>>;
}

/** Milliseconds of each request and bytes a second. */
const lines = {
  // As Chromium's own tools imitate it: each request waits as long as three round trips and more, as if it had to connect.
  'Fast 3G': { latency: 562.5, throughput: 180_000 },
  // CloudFront has one connection (HTTP/2 or 3) for all files, so that a request costs the 150 ms of a round trip. Its rate is four
  // times that of Fast 3G, 6.4 Mbit/s: at 1.6 Mbit/s the 350 kB that are allowed would take 1.75 s, more than the whole time.
  'Fast 3G, scaled': { latency: 150, throughput: 720_000 },
};
export type Line = keyof typeof lines;

/** Runs whose median counts. */
const rounds = 5;

/** Begins the line in which the page says when it can be used. */
const said = 'interactive after ';

/**
 * Says when the overview has its numbers and the page does nothing else, so that it would answer a click. The page says it by itself:
 * to ask it takes a tenth of a second from its quarter of a processor.
 */
const noteInteractive = `
  addEventListener('DOMContentLoaded', () => {
    const isShown = () =>
      document.querySelector('h1')?.textContent === 'Overview' &&
      document.querySelector('main a[href="/console/incidents"]') !== null;
    const observer = new MutationObserver(() => {
      if (!isShown()) return;
      observer.disconnect();
      requestIdleCallback(() => requestIdleCallback(() => console.debug('${said}' + performance.now())));
    });
    observer.observe(document, { subtree: true, childList: true, characterData: true });
  });
`;

/** Loads the overview of somebody who is signed in, with an empty cache. @param page at the overview */
export async function measureFirstLoad(page: Page): Promise<FirstLoad> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await page.addInitScript(noteInteractive);
  const bytes = await countBytes(page, session);
  const seconds = { 'Fast 3G': 0, 'Fast 3G, scaled': 0 };
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  for (const line of Object.keys(lines) as Line[]) {
    const { latency, throughput } = lines[line];
    const network = { offline: false, latency, downloadThroughput: throughput, uploadThroughput: throughput / 2 };
    await session.send('Network.emulateNetworkConditions', network);
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) times.push(await interactiveAfter(page));
    seconds[line] = (times.toSorted((one, other) => one - other)[Math.floor(rounds / 2)] ?? 0) / 1_000;
  }
  await session.detach();
  return { bytes, seconds };
}

async function countBytes(page: Page, session: CDPSession): Promise<number> {
  let loaded = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    loaded += encodedDataLength;
  });
  await page.setExtraHTTPHeaders({ 'accept-encoding': 'gzip' });
  await interactiveAfter(page);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.setExtraHTTPHeaders({});
  return loaded;
}

/** @returns milliseconds from the beginning of the navigation */
async function interactiveAfter(page: Page): Promise<number> {
  const line = page.waitForEvent('console', (message) => message.text().startsWith(said));
  await page.reload({ waitUntil: 'commit' });
  return Number((await line).text().slice(said.length));
}
