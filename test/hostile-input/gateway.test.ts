import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { publishEvents } from '../../shared/history/publish.ts';
import { systemClock } from '../../shared/platform/time.ts';
import { createPortal } from '../../shared/portal/client.ts';
import { badElements } from '../end-to-end/bad-messages.ts';
import { startTestBus } from '../support/event-bus.ts';
import { create, disable, enable, grant, reset, type Step } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { apiKey, hour, passwordSecret, type World } from '../support/world.ts';
import { foreignToken, startEcho } from './echo.ts';

const newWorld = useWorlds();
const documents = Math.ceil(Number(process.env.DOCUMENTS ?? 12_000) / 100);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

/** Good messages about a project of their own. */
const story = (number: number): Step[] => [
  create(`p-${number}`),
  grant(`p-${number}`, `a-${number}`),
  disable(`a-${number}`),
  enable(`a-${number}`),
  reset(`a-${number}`),
];
const goodOfStory = 5;
const badOfStory = 15;
const storiesAtOnce = 100;

/** Everything that the gateway writes or says, to be searched. */
async function listen(world: World) {
  const said: string[] = [];
  world.outside.before = ({ name, input }) => {
    if (name === 'SendMessageBatchCommand') said.push(JSON.stringify(input));
  };
  const { bus, file } = await startTestBus();
  return {
    hear: (error: unknown) => void said.push(inspect(error, { depth: 9 })),
    async everything(): Promise<string[]> {
      const { tables, s3, internalBucket } = world.context;
      const rows = await world.rows.text();
      await publishEvents({ ...world.context, bus, table: tables.unpublished }, Number.POSITIVE_INFINITY);
      const objects: string[] = [];
      if (!(s3 instanceof S3Client)) throw new TypeError('the client is not S3’s own');
      for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: internalBucket })) {
        for (const { Key } of Contents) {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket: internalBucket, Key }));
          objects.push((await Body?.transformToString()) ?? '');
        }
      }
      const written = JSON.stringify([world.logs, world.executions]);
      return [rows, await world.rows.text(), readFileSync(file, 'utf8'), written, ...said, ...objects];
    },
  };
}

async function runUntilOnly(world: World, pending: number, hear: (error: unknown) => void): Promise<void> {
  for (let round = 0; (await world.portal.pending()) > pending; round++) {
    if (round === 8) throw new Error(`${await world.portal.pending()} are not marked, not ${pending}`);
    await world.run().catch(hear);
    world.clock.advance(hour);
  }
}

it(`lets every good message take effect beside ${documents} documents of all kinds, and no secret out (SEED=${seed})`, {
  timeout: 120_000 + documents * 300,
}, async () => {
  const world = await newWorld({ maxAttempts: 20 });
  const listening = await listen(world);
  const echo = await startEcho(world.portal.url, 7);
  world.context.portal = world.outside.watchPortal(
    createPortal({ baseUrl: echo.url, apiKey: async () => apiKey, clock: systemClock }),
  );
  const stories = Math.ceil(documents / (goodOfStory + badOfStory));
  const bad = badElements(stories * badOfStory, seed);
  const good: string[] = [];

  let sent = 0;
  for (let number = 0; number < stories; number++) {
    for (const [index, [messageType, data]] of story(number).entries()) {
      const messageId = `good-${number}-${index}`;
      good.push(messageId);
      const end = number === stories - 1 && index === goodOfStory - 1 ? bad.length : sent + badOfStory / goodOfStory;
      for (const { element } of bad.slice(sent, end)) await world.portal.sendRaw(element);
      sent = end;
      await world.portal.send(messageType, data, { messageId });
    }
    if ((number + 1) % storiesAtOnce === 0) await runUntilOnly(world, sent, listening.hear);
  }
  await runUntilOnly(world, bad.length, listening.hear);

  const states = await world.rows.states();
  expect(good.filter((messageId) => states[messageId] !== 'marked')).toEqual([]);
  const named = bad.flatMap(({ messageId }) => messageId ?? []);
  expect(named.filter((messageId) => states[messageId] !== 'held')).toEqual([]);
  expect(await world.rows.incidents()).toHaveLength(bad.length);
  const users = (await world.rows.users()).map(({ projectNo, accessIdentifier: id, enabled, passwordMessageId }) =>
    [projectNo, id, enabled, passwordMessageId].join(' '),
  );
  const expected = Array.from({ length: stories }, (_, number) => `p-${number} a-${number} true good-${number}-4`);
  expect(users.sort()).toEqual(expected.sort());

  const credentials = [...(await world.portal.snapshot()).credentials.values()].flat();
  const passwords = credentials.map(({ oneTimePassword }) => oneTimePassword);
  expect(new Set(passwords).size).toBe(2 * stories);
  expect(echo.echoed()).toBeGreaterThan(stories / 2);
  const texts = await listening.everything();
  for (const secret of [apiKey, passwordSecret['1'], foreignToken, ...passwords]) {
    for (const form of [secret, Buffer.from(secret).toString('base64')]) {
      const found = texts.find((text) => text.includes(form)) ?? '';
      const at = found.indexOf(form);
      expect(found.slice(Math.max(0, at - 200), at + form.length)).toBe('');
    }
  }
});
