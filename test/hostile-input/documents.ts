import fc from 'fast-check';
import { idSchema } from '../../shared/portal/id.ts';
import { type MessageContent, messageTypes } from '../../shared/portal/message-schema.ts';

/** Stands in values that a problem must not quote. */
export const canary = 'canary-4b1d';

/** An element of a list, and what a reader is to make of it when it is a good message. */
export interface Element {
  text: string;
  good?: { messageId: string; content: MessageContent };
}

const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
const isId = (id: string) => idSchema.safeParse(id).success;

const strangeIds = ['../..', '%2e%2e', ' ', '\0', '"', '\\', 'a/b?c#d', '__proto__', 'é'.repeat(128), '😀'];
const anyId = fc.oneof(
  { weight: 3, arbitrary: fc.nat(50).map((number) => `${number}`) },
  { weight: 1, arbitrary: fc.constantFrom(...strangeIds) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 9 }).filter(isId) },
);

/** `data` of a valid message. */
const goodData = fc.record({
  projectNo: anyId,
  accessIdentifier: anyId,
  fileId: anyId,
  files: fc.uniqueArray(anyId, { maxLength: 3 }).map((ids) => ids.map((fileId) => ({ fileId, fileChecksum: md5 }))),
});

const fieldsOf = {
  CreateProject: ['projectNo'],
  DeleteProject: ['projectNo'],
  CreateProjectAccess: ['projectNo', 'accessIdentifier'],
  DeleteProjectAccess: ['accessIdentifier'],
  DisableProjectAccess: ['accessIdentifier'],
  EnableProjectAccess: ['accessIdentifier'],
  ResetPassword: ['accessIdentifier'],
  DataDeliveryReady: ['projectNo', 'files'],
  DeleteDataFile: ['fileId'],
  ReturnDataFile: ['fileId'],
} as const;

const goodMessage = fc
  .record({ messageId: anyId, type: fc.constantFrom(...messageTypes), all: goodData })
  .map(({ messageId, type, all }) => {
    const data = Object.fromEntries(fieldsOf[type].map((field) => [field, all[field]]));
    return { messageId, messageType: type, data };
  });

const goodElement = fc.tuple(goodMessage, fc.nat(2)).map(([message, form]): Element => {
  const { messageId, messageType: type, data } = message;
  const sent = [data, JSON.stringify(data), JSON.stringify(JSON.stringify(data))][form];
  const content = { type, data } as MessageContent;
  return { text: JSON.stringify({ ...message, data: sent }), good: { messageId, content } };
});

const wrongValues = [null, true, 1.5, 1e21, '', '.', '..', '\ud800', 'x'.repeat(257), canary, [canary], { id: canary }];
const wrong = fc.oneof(fc.constantFrom<unknown>(undefined, ...wrongValues), fc.jsonValue({ maxDepth: 2 }));
const fields = ['messageId', 'messageType', 'timestamp', 'data', 'projectNo', 'accessIdentifier', 'fileId', 'files'];

/** A message with some fields, of itself and of its data, that are missing, wrong or more than it should have. */
const wrongMessage = fc
  .tuple(
    goodMessage,
    fc.dictionary(fc.constantFrom(...fields), wrong),
    fc.dictionary(fc.constantFrom(...fields), wrong),
  )
  .map(([message, own, inner]) => JSON.stringify({ ...message, data: { ...message.data, ...inner }, ...own }));

/** Like JSON by its brackets and quotes, and none. */
const garbled = fc
  .tuple(goodMessage, fc.array(fc.tuple(fc.nat(200), fc.constantFrom(...'x0:, -e.u')), { minLength: 1, maxLength: 4 }))
  .map(([message, changes]) => {
    const characters = [...JSON.stringify(message)];
    for (const [at, character] of changes) {
      const index = at % characters.length;
      if (/[\w:,.-]/.test(characters[index] ?? '') && characters[index - 1] !== '\\') characters[index] = character;
    }
    return characters.join('');
  })
  // A changed `\u` would be a good escape no more, and nothing else; all stays one element.
  .filter((text) => text.startsWith('{'));

const nested = fc.nat(300).map((depth) => `${'['.repeat(depth + 1)}"${canary}"${']'.repeat(depth + 1)}`);
const misfits = fc.constantFrom('{"a":[1}]', '5', '-', 'nul', '"\\x"', '{messageId:1}', `["${canary}"]`, '{"":}', '""');

const badElement = fc
  .oneof(
    { weight: 6, arbitrary: wrongMessage },
    { weight: 4, arbitrary: garbled },
    { weight: 2, arbitrary: fc.json({ maxDepth: 3 }) },
    { weight: 1, arbitrary: misfits },
    { weight: 1, arbitrary: nested },
  )
  .map((text): Element => ({ text }));

/** A portal's list: good messages and others, side by side. */
export const anyList = fc.array(fc.oneof({ weight: 2, arbitrary: goodElement }, { weight: 3, arbitrary: badElement }), {
  minLength: 1,
  maxLength: 5,
});

/** A change of a document's bytes at some place: a part of it left out, put twice, or other bytes in its place. */
export interface Damage {
  at: number;
  length: number;
  bytes: Uint8Array;
}

export const anyDamage: fc.Arbitrary<Damage> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(12),
  bytes: fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc.constantFrom(...'[]{}",\\:').map((text) => Buffer.from(text)),
  ),
});

/** @returns the damaged bytes, and how many at their beginning are as they were */
export function damage(document: Uint8Array, { at, length, bytes }: Damage): { bytes: Uint8Array; whole: number } {
  const whole = Math.floor(at * document.length);
  return { bytes: Buffer.concat([document.subarray(0, whole), bytes, document.subarray(whole + length)]), whole };
}
