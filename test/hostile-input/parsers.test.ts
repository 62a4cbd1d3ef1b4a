import { deepEqual, doesNotMatch, equal, match, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { objectKeyOf, outboxPrefix } from '../../shared/files/object-key.ts';
import { readOutboxKey } from '../../shared/files/outbox/key.ts';
import { eventOf } from '../../shared/history/events.ts';
import { Predecessors } from '../../shared/messages/poll/predecessors.ts';
import type { LineEntry } from '../../shared/messages/record.ts';
import { ownLine, positionOf, sharedSubjects, subjectOf } from '../../shared/messages/subject.ts';
import { mayWork } from '../../shared/messages/turn-order.ts';
import { incidentWrites } from '../../shared/operations/incidents.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import { escapeId } from '../../shared/portal/id.ts';
import { readList } from '../../shared/portal/list.ts';
import { type DeliveredFile, parseMd5 } from '../../shared/portal/message-schema.ts';
import { type ListedMessage, parseMessage, type ReadableMessage } from '../../shared/portal/parse-message.ts';
import { problemText } from '../../shared/portal/redact.ts';
import { loginNameOf } from '../../shared/users/login-name.ts';
import { anyDamage, anyList, canary, damage, type Element } from './documents.ts';

const documents = Number(process.env.DOCUMENTS ?? 4_000);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
/** A list has three messages in the mean. */
const options = (part: number, each = 3) => ({ numRuns: Math.ceil((documents * part) / each), seed });
const timeout = 30_000 + documents * 5;

async function read(bytes: Uint8Array, cut: number): Promise<{ items: ListedMessage[]; error?: unknown }> {
  const items: ListedMessage[] = [];
  const pieces = (async function* () {
    yield bytes.subarray(0, cut);
    yield bytes.subarray(cut);
  })();
  try {
    for await (const item of readList(pieces)) items.push(item);
    return { items };
  } catch (error) {
    return { items, error };
  }
}

const documentOf = (list: readonly Element[]) => Buffer.from(`[${list.map(({ text }) => text).join(' ,')}]`);

/** Values derived from a message are always accepted by the tables, S3, SQS and Unix. */
function checkDecisions(message: ReadableMessage, predecessors: Predecessors, index: number): LineEntry {
  const { messageId, content } = message;
  equal(decodeURIComponent(escapeId(messageId)), messageId);
  const { data } = content;
  const projectNo = 'projectNo' in data ? data.projectNo : undefined;
  const about = { type: content.type, projectNo, subjects: sharedSubjects(content) };
  const place = predecessors.placeOf(about, new Map());
  const { line } = place;
  const position = positionOf(1, index);
  predecessors.note(about, { line, position, messageId }, new Map());
  const subject = subjectOf(content);
  for (const key of [subject, line, ownLine(messageId)]) {
    match(key, /^(project|access|file|message)#./s);
    ok(Buffer.byteLength(key) < 1_024);
  }
  if ('accessIdentifier' in data) match(loginNameOf(data.accessIdentifier), /^dst[a-z2-7]{13}$/);
  if ('projectNo' in data) checkKeys(data.projectNo, 'files' in data ? data.files : []);
  eventOf({ subject, sequence: 1, event: 'created', messageId, at: 0 });
  return { ...place, position, messageId, type: content.type, subject, state: 'open', contentHash: '' };
}

function checkKeys(projectNo: string, files: readonly DeliveredFile[]): void {
  const prefix = outboxPrefix(projectNo);
  // A number that is too long for a key has no outbox: by its hash nobody could tell whose it is.
  if (!prefix.includes('%sha256-')) deepEqual(readOutboxKey(`${prefix}result`), { projectNo, fileName: 'result' });
  for (const { fileId, fileChecksum } of files) {
    const key = objectKeyOf(projectNo, fileId);
    ok(Buffer.byteLength(key) < 1_024);
    equal(key.split('/').length, 4);
    ok([undefined, fileChecksum.trim().toLowerCase()].includes(parseMd5(fileChecksum)));
  }
}

function checkUnreadable({ problem, contentHash: subject }: Exclude<ListedMessage, ReadableMessage>): void {
  match(problem, /^[\w.[\]]+: /);
  const incident = { kind: 'unreadable-message', subject, expected: 'a message', found: problem } as const;
  const tables = { incidents: 'incidents', unpublished: 'unpublished' };
  const clock = { now: () => 0, random: () => 0 };
  ok(!JSON.stringify(incidentWrites({ clock, tables }, incident)).includes(canary));
}

function check(items: readonly ListedMessage[]): void {
  const predecessors = new Predecessors();
  const entries = new Map<string, LineEntry>();
  for (const [index, item] of items.entries()) {
    equal(parseMessage(item.raw).contentHash, item.contentHash);
    if (item.readable && !entries.has(item.messageId)) {
      entries.set(item.messageId, checkDecisions(item, predecessors, index));
    } else if (item.readable) continue;
    else checkUnreadable(item);
  }
  equal(mayWork(entries.values())[0], entries.values().next().value);
}

describe(`generated documents (SEED=${seed})`, () => {
  it('keep every good message whole beside whatever else is in the list', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(anyList, fc.nat(400), async (list, cut) => {
        const { items, error } = await read(documentOf(list), cut);
        equal(error, undefined);
        deepEqual(
          items.map(({ raw }) => raw),
          list.map(({ text }) => text),
        );
        for (const [index, { good }] of list.entries()) {
          const item = items[index];
          if (good) deepEqual(item?.readable && { messageId: item.messageId, content: item.content }, good);
        }
        check(items);
      }),
      options(0.5),
    );
  });

  it('that are damaged at any place lose nothing before it, and end in an error that is worth a retry', {
    timeout,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(anyList, anyDamage, fc.nat(400), async (list, how, cut) => {
        const { bytes, whole } = damage(documentOf(list), how);
        const { items, error } = await read(bytes, cut);
        if (error !== undefined) ok(error instanceof PortalError && error.retryable && !error.message.includes(canary));
        let end = 1;
        for (const [index, { text }] of list.entries()) {
          end += Buffer.byteLength(text) + (index === 0 ? 0 : 2);
          if (end < whole) equal(items[index]?.raw, text);
        }
        for (const item of items) if (!item.readable) checkUnreadable(item);
      }),
      options(0.3),
    );
  });

  const secret = fc.stringMatching(/^[!-~]{8,24}$/);
  const disguises = [
    (text: string) => text,
    encodeURIComponent,
    (text: string) => JSON.stringify(text),
    (text: string) => JSON.stringify({ message: `bad ${text}!`, detail: text }),
    (text: string) => `<p>${[...text].map((character) => `&#${character.charCodeAt(0)};`).join('')}</p>`,
    (text: string) => `<p>${[...text].map((character) => `&#x${character.charCodeAt(0).toString(16)};`).join('')}</p>`,
    (text: string) => Buffer.from(text).toString('base64'),
  ];

  it.each([
    'Authorization: Bearer canary-1.2/3=',
    'invalid bearer canary-4',
    '{"message":"refused","detail":"x-api-key=canary-5;"}',
    '{"oneTimePassword":"canary-6"}',
    'Set-Cookie: canary-7; next',
    'the session eyJcanary.eyJcanary.canary ended',
    '<p>token : <b>canary-8</b></p>',
    'token%3Acanary-9',
    'Authorization%3A%20Bearer%20canary-10',
  ])('of errors leave no credential that they name: %s', (body) => {
    doesNotMatch(problemText(body, []), /canary/);
  });

  it('of errors are read in no time, whatever is in them', () => {
    const started = performance.now();
    for (const part of ['a-', 'eyJ-', 'eyJ.', 'token', 'token=', '<', '&#', '"\'', 'bearer ', '  :']) {
      problemText(part.repeat(32_768 / part.length), ['secret']);
    }
    ok(performance.now() - started < 5_000);
  });

  it('of errors leave no secret in an error, in whatever form they repeat it', { timeout }, () => {
    fc.assert(
      fc.property(secret, fc.constantFrom(...disguises), fc.string(), fc.string(), (known, disguise, before, after) => {
        const text = problemText(before + disguise(known) + after, [known]);
        for (const form of [known, encodeURIComponent(known), Buffer.from(known).toString('base64')]) {
          ok(!text.includes(form));
        }
        ok(text.length <= 200);
        doesNotMatch(text, /\p{C}/u);
      }),
      options(0.2, 1),
    );
  });
});
