import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Page } from 'playwright-core';
import { region } from '../../../infra/local/resources.ts';
import type { LocalGateway } from '../../../infra/local/runner.ts';
import { incidentWrites } from '../../../shared/operations/incidents.ts';
import { systemClock } from '../../../shared/platform/time.ts';
import { transact } from '../../../shared/platform/transaction.ts';

export interface Changes {
  /** Milliseconds from the end of the change to its number on the page. */
  p50: number;
  p95: number;
}

/** To ask the page in each frame would take the processor from it. */
const seldom = { polling: 50 };

/** Notes when the number of open incidents on the overview changes. */
const noteNumbers = `
  const cell = () => document.querySelector('main a[href="/console/incidents"]')?.textContent;
  globalThis.shownAt = new Map([[cell(), Date.now()]]);
  new MutationObserver(() => {
    if (cell() !== undefined && !shownAt.has(cell())) shownAt.set(cell(), Date.now());
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
`;

/** Raises incidents one after the other, while the overview shows their number. @param page at the overview */
export async function measureChanges(page: Page, gateway: LocalGateway, rounds: number): Promise<Changes> {
  const { credentials, dynamodb } = gateway.endpoints;
  const client = new DynamoDBClient({ endpoint: dynamodb.endpoint, credentials, region });
  const db = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const { incidents = '', unpublished = '' } = dynamodb.tables;
  const context = { clock: systemClock, tables: { incidents, unpublished } };
  await page.getByText('Live', { exact: true }).waitFor();
  const before = Number(await page.locator('main a[href="/console/incidents"]').textContent());
  await page.evaluate(noteNumbers);
  const times: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const incident = {
      kind: 'mismatch',
      subject: `message#bench-${before + round}`,
      expected: 'a number',
      found: 'another',
    } as const;
    await transact(db, systemClock, incidentWrites(context, incident));
    const changedAt = Date.now();
    const shown = await page.waitForFunction(
      (number) => (globalThis as { shownAt?: Map<string, number> }).shownAt?.get(number),
      `${before + round}`,
      seldom,
    );
    times.push(Number(await shown.jsonValue()) - changedAt);
    // At any moment between two looks of the watch.
    await page.waitForTimeout(Math.random() * 250);
  }
  client.destroy();
  const sorted = times.toSorted((one, other) => one - other);
  return { p50: sorted[Math.ceil(0.5 * rounds) - 1] ?? 0, p95: sorted[Math.ceil(0.95 * rounds) - 1] ?? 0 };
}
