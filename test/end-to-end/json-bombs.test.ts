import { expect, it } from 'vitest';
import { useGateway } from './setup.ts';

/** Memory of the poll's function, in bytes. */
const memorySize = 512 * 2 ** 20;

// A function that may take so long runs in a process of its own, whose memory is measured.
const endToEnd = useGateway({ timeouts: { 'messages/poll': 301 } });

const many = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, n) => text(n)).join();
const bomb = (messageId: string, data: string) =>
  `{"messageId":"${messageId}","messageType":"CreateProject","data":{"projectNo":1,"x":${data}}}`;
const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const objects = `[${many(2_400_000, () => '{}')}]`;
const asText = (messageId: string, data: string) =>
  `{"messageId":"${messageId}","messageType":"CreateProject","data":${JSON.stringify(`{"projectNo":1,"x":${data}}`)}}`;

it('elements that would take too much memory are unreadable, and all others are done', async () => {
  const { portal, gateway, poll, drain, rows, failures } = endToEnd();
  await portal.send('CreateProject', { projectNo: 'p' });
  await portal.send('CreateProjectAccess', { projectNo: 'p', accessIdentifier: 'a' });
  const bombs = {
    objects: bomb('objects', objects),
    more: bomb('more', objects),
    text: asText('text', objects),
    keys: bomb('keys', `{${many(1_000_000, (index) => `"${index}":0`)}}`),
    deep: bomb('deep', deep(3_500_000)),
    files: `{"messageId":"files","messageType":"DataDeliveryReady","data":{"projectNo":1,"files":[${many(240_000, () => '1')}]}}`,
  };
  for (const text of Object.values(bombs)) await portal.sendRaw(text);
  const long = `"${'é'.repeat(7_000_000)}"`;
  for (const id of ['1', '2', '3', '4'])
    await portal.sendRaw(bomb(`long-${id}`, long).replace('"projectNo":1', `"projectNo":"${id}"`));
  await portal.sendRaw(bomb('number', '1'.repeat(15_000_000)).replace('"projectNo":1', '"projectNo":"n"'));
  await portal.sendRaw(bomb('too-long', `"${'x'.repeat(17_000_000)}"`));
  await portal.send('DisableProjectAccess', { accessIdentifier: 'a' });

  expect(await poll()).toBeUndefined();
  const held = [...Object.keys(bombs), 'too-long'];
  await drain(held.length);

  expect(failures).toEqual([]);
  expect(await rows('users')).toMatchObject([{ accessIdentifier: 'a', enabled: false }]);
  expect((await rows('projects')).map(({ projectNo }) => projectNo).toSorted()).toEqual(['1', '2', '3', '4', 'n', 'p']);
  const messages = await rows('messages');
  expect(messages.flatMap(({ messageId, state }) => (state === 'held' ? [messageId] : [])).toSorted()).toEqual(
    held.toSorted(),
  );
  const incidents = await rows('incidents');
  expect(Object.fromEntries(incidents.map(({ messageId, found }) => [messageId, found]))).toEqual({
    objects: 'message: must have no more than 250000 values',
    more: 'message: must have no more than 250000 values',
    text: 'data: must have no more than 250000 values',
    keys: 'message: must have no more than 250000 values',
    deep: 'message: must not be nested that deep',
    files: 'data.files[0].fileId: must be a string or an integer',
    'too-long': 'message: is too long to be read',
  });
  expect(gateway.memory('poll').maxRss).toBeLessThan(memorySize);
});
