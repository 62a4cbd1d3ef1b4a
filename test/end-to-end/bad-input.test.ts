import { expect, it } from 'vitest';
import { badElements } from './bad-messages.ts';
import { useGateway } from './setup.ts';
import { expectTold, type Name, tellStory } from './story.ts';

const endToEnd = useGateway();

/** Ids that are unusual and yet valid. */
const names: Name[] = [
  (word) => word,
  (word) => `../../${word}`,
  (word) => `..%2f${word}%2F..%00`,
  (word) => ` ${word} "and" 'quotes'\\ `,
  (word) => `${word}?a=b&c#d;e=\`\${f}\``,
  (word) => `😀 ${word} é\u0301`,
  (word) => `\0${word}\r\nX-Header: \u0007`,
  (word) => `${word} of 256 bytes `.padEnd(256, 'x'),
  (word) => BigInt(`9${[...word].map((letter) => letter.charCodeAt(0)).join('')}`),
];
const seed = 20_261_121;

it('carries out what is valid, holds what is not, and loses nothing', async () => {
  const { portal, poll, drain, rows, objects, failures } = endToEnd();
  const stories = await Promise.all(names.map((name) => tellStory(portal, name)));
  const bad = badElements(300, seed);
  const good = Array.from({ length: 12 }, (_, step) => stories.flatMap(({ elements }) => elements[step] ?? [])).flat();
  const badAtOnce = Math.ceil(bad.length / good.length);
  for (const [index, element] of good.entries()) {
    for (const each of bad.slice(index * badAtOnce, (index + 1) * badAtOnce)) await portal.sendRaw(each.element);
    const remark = index % 40 === 0 ? 'x'.repeat(1_000_000) : '';
    await portal.sendRaw(element.replace('{', `{"remark":"${remark}",`));
  }

  expect(await poll()).toBeUndefined();
  await drain(bad.length);

  expect(failures).toEqual([]);
  await expectTold(endToEnd(), stories);
  const { messages, requests } = await portal.snapshot();
  // A poll and a function may mark the same message at the same time: one of them is told that it is marked already.
  const { 400: alreadyMarked = 0, ...statuses } = requests['PATCH /messages/{id}'] ?? {};
  expect(statuses).toEqual({ 200: good.length });
  expect(alreadyMarked).toBeLessThan(5);
  const goodIds = new Set(stories.flatMap(({ name }) => good.map((_, index) => `${name(`m${index}`)}`)));
  for (const { messageId, marked } of messages) expect(marked, messageId).toBe(goodIds.has(messageId));

  const incidents = await rows('incidents');
  const named = bad.flatMap(({ messageId }) => messageId ?? []);
  const ofMessages = incidents.flatMap(({ messageId }) => messageId ?? []);
  expect(ofMessages.sort()).toEqual(named.sort());
  expect(incidents.length - ofMessages.length).toBe(bad.length - named.length);
  const held = (await rows('messages')).filter(({ state }) => state === 'held');
  expect(held.map(({ messageId }) => messageId).sort()).toEqual(named);
  expect(await rows('lines')).toHaveLength(named.length);
  for (const key of await objects('internal')) expect(key).toMatch(/^messages\/[^/]+$/);
});
