import { beforeEach, expect, it, vi } from 'vitest';
import { useGateway } from './setup.ts';

const endToEnd = useGateway();
const projectNo = '1001';
const patience = { timeout: 20_000, interval: 10 };

/** A project with two accesses and a stored file, and a delivery under way that takes another minute. */
beforeEach(async () => {
  const { portal, drain, poll } = endToEnd();
  const small = await portal.addFile({ fileId: 'small', size: 1_000 });
  const large = await portal.addFile({ fileId: 'large', size: 60_000_000 }, { bytesPerSecond: 1_000_000 });
  await portal.send('CreateProject', { projectNo });
  for (const accessIdentifier of ['one', 'two']) {
    await portal.send('CreateProjectAccess', { projectNo, accessIdentifier });
  }
  await portal.send('DataDeliveryReady', { dataDeliveryId: 'd-1', projectNo, files: [small] });
  await drain();
  await portal.send('DataDeliveryReady', { dataDeliveryId: 'd-2', projectNo, files: [large] });
  await poll();
  await vi.waitFor(async () => expect(await received()).toBeGreaterThan(0), patience);
});

const received = async () => (await endToEnd().portal.snapshot()).served.get('large')?.bytes ?? 0;

/** Sends messages, polls twice and no more. */
async function sendAndPollTwice(...messages: [messageType: string, data: object][]): Promise<void> {
  const { portal, poll } = endToEnd();
  await portal.sendMany(messages.map(([messageType, data]) => ({ messageType, data })));
  for (let time = 0; time < 2; time++) expect(await poll()).toBeUndefined();
}

it('never waits for a delivery of its project that is under way', async () => {
  const { rows, objects, uploads, portal, gateway } = endToEnd();

  await sendAndPollTwice(
    ['DisableProjectAccess', { accessIdentifier: 'one' }],
    ['DeleteProjectAccess', { accessIdentifier: 'two' }],
    ['DeleteDataFile', { fileId: 'small' }],
  );

  await vi.waitFor(async () => expect(await portal.pending()).toBe(1), patience);
  const users = await rows('users');
  expect(users.map(({ accessIdentifier, enabled }) => ({ accessIdentifier, enabled }))).toEqual([
    { accessIdentifier: 'one', enabled: false },
  ]);
  expect(await objects('files')).toEqual([]);
  expect(await rows('files')).toMatchObject([{ fileId: 'large', state: 'copying' }]);

  await sendAndPollTwice(['DeleteDataFile', { fileId: 'large' }]);

  await vi.waitFor(async () => expect((await gateway.activity()).executions).toBe(0), patience);
  expect(await received()).toBeLessThan(60_000_000);
  expect([await objects('files'), await uploads()]).toEqual([[], []]);
  // The copy gives its lease back when it stops. A deletion that looks just before goes on within a minute.
  for (const { dueAt, receivedAt } of (await rows('messages')).filter(({ state }) => state === 'applying')) {
    expect(dueAt - receivedAt).toBeLessThan(60_000);
  }
  expect((await rows('files')).filter(({ state }) => state !== 'deleting')).toEqual([]);
});
