import type { MessageContent } from '../../shared/portal/message-schema.ts';
import { respelled } from './ids.ts';
import type { MessageKind } from './kinds.ts';
import type { Random } from './random.ts';

/** How many wordings a message has that is listed in several. */
const wordings = 3;

/**
 * The JSON texts in which the portal may list a message, which say the same.
 *
 * @param at when the message was made, in milliseconds since 1970
 */
export function drawWordings(
  random: Random,
  kinds: ReadonlySet<MessageKind>,
  messageId: string,
  content: MessageContent,
  at: number,
): string[] {
  const spell = (id: string) => (kinds.has('letter case') ? respelled(random, id) : id);
  const first = wordingOf(random, spell(messageId), spelled(content, spell), timestampOf(at));
  const others = kinds.has('letter case') || kinds.has('other words') ? wordings - 1 : 0;
  return [
    JSON.stringify(first),
    ...Array.from({ length: others }, () => {
      const again = wordingOf(random, spell(messageId), spelled(content, spell), timestampOf(at));
      return JSON.stringify(kinds.has('other words') ? inOtherWords(random, again, at) : again);
    }),
  ];
}

const timestampOf = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`;

interface Wording {
  messageId: string;
  messageType: string;
  timestamp: string;
  data: MessageContent['data'] | string;
}

function wordingOf(random: Random, messageId: string, { type, data }: MessageContent, timestamp: string): Wording {
  return { messageId, messageType: type, timestamp, data: random.chance(0.3) ? JSON.stringify(data) : data };
}

/** The content with each access and file in some spelling. */
function spelled(content: MessageContent, spell: (id: string) => string): MessageContent {
  const copy = structuredClone(content);
  if ('accessIdentifier' in copy.data) copy.data.accessIdentifier = spell(copy.data.accessIdentifier);
  if ('fileId' in copy.data) copy.data.fileId = spell(copy.data.fileId);
  if ('files' in copy.data) for (const file of copy.data.files) file.fileId = spell(file.fileId);
  return copy;
}

/** Keys in another order, the time in another form, a field that nobody described. */
function inOtherWords(random: Random, { timestamp, ...message }: Wording, at: number): object {
  const instant = new Date(at - (at % 1_000));
  const forms = [
    timestamp,
    instant.toISOString(),
    timestamp.replace('Z', '+00:00'),
    new Date(instant.getTime() + 3_600_000).toISOString().replace('.000Z', '+01:00'),
  ];
  const extra = random.chance(0.5) ? { priority: random.integer(1, 9) } : {};
  const { data, ...rest } = { ...message, timestamp: random.pick(forms), ...extra };
  const more = typeof data === 'object' ? dataInOtherWords(random, data) : data;
  return random.chance(0.5) ? { data: more, ...rest } : { ...rest, data: more };
}

/** Numbers for text and text for numbers, files in another order, fields that nobody described. */
function dataInOtherWords(random: Random, data: MessageContent['data']): object {
  const chance = (fields: object) => (random.chance(0.4) ? fields : {});
  const files =
    'files' in data ? data.files.map((file) => ({ ...file, ...chance({ fileSize: textOf(file.fileSize) }) })) : [];
  return {
    ...data,
    ...('projectNo' in data && /^\d+$/.test(data.projectNo) ? chance({ projectNo: Number(data.projectNo) }) : {}),
    ...('files' in data ? { files: random.chance(0.3) ? files.toReversed() : files } : {}),
    ...chance({ comment: 'listed again' }),
  };
}

const textOf = (size: number | undefined) => (size === undefined ? undefined : String(size));
