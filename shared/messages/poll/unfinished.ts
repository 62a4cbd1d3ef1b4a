import { batchGet } from '../../platform/dynamodb.ts';
import { pagesOf } from '../../platform/pages.ts';
import { type MessageType, messageTypes } from '../../portal/message-schema.ts';
import type { MessageContext } from '../context.ts';
import type { LineEntry, MessageRecord } from '../record.ts';
import { isTextGone, readMessageData } from '../stored-text.ts';
import { fileSubject, projectSubject } from '../subject.ts';
import { isWorkable } from '../turn-order.ts';
import type { About } from './predecessors.ts';

/** Deliveries whose texts are in memory at the same time. */
const textsAtOnce = 25;

/**
 * Messages of earlier polls that later messages about the same access or file may have to follow, in the portal's order.
 * Messages in effect that only go on with something are left out: the tables tell of the access or the files.
 *
 * @param entries entries of any lines
 */
export async function unfinishedOf(
  context: MessageContext,
  entries: Iterable<LineEntry>,
): Promise<{ about: About; entry: LineEntry }[]> {
  const unfinished = [...entries].filter(isUnfinished).sort((a, b) => (a.position < b.position ? -1 : 1));
  const files = await filesOf(
    context,
    unfinished.filter(({ type }) => type === 'DataDeliveryReady'),
  );
  return unfinished.map((entry) => ({ about: aboutOf(entry, files), entry }));
}

const isUnfinished = ({ type, state, outOfTheWay }: LineEntry): boolean =>
  isKnown(type) &&
  outOfTheWay === undefined &&
  (isWorkable(state) || state === 'held' || (state === 'working' && type === 'ReturnDataFile'));

const isKnown = (type: string): type is MessageType => messageTypes.some((known) => known === type);

function aboutOf({ type, line, subject, messageId }: LineEntry, files: ReadonlyMap<string, string[]>): About {
  const prefix = projectSubject('');
  const projectNo = line.startsWith(prefix) ? line.slice(prefix.length) : undefined;
  const isProject = subject === undefined || subject.startsWith(prefix);
  return { type: type as MessageType, projectNo, subjects: files.get(messageId) ?? (isProject ? [] : [subject]) };
}

/**
 * The files of a delivery without a text.
 *
 * @throws the error if the text may be there: a deletion that does not follow its delivery would be dropped
 */
function noFiles(error: unknown): { files: [] } {
  if (isTextGone(error)) return { files: [] };
  throw error;
}

/** The files of deliveries, by message. Deliveries whose text was removed are left out. */
async function filesOf(context: MessageContext, deliveries: readonly LineEntry[]): Promise<Map<string, string[]>> {
  const { db, clock, tables } = context;
  const files = new Map<string, string[]>();
  for (const page of pagesOf(deliveries, textsAtOnce)) {
    const keys = page.map(({ messageId }) => ({ messageId }));
    const records = await batchGet<MessageRecord>(db, clock, tables.messages, keys, ['messageId', 'raw', 'rawKey']);
    for (const record of records) {
      const content = await readMessageData(context, record, 'DataDeliveryReady').catch(noFiles);
      files.set(
        record.messageId,
        content.files.map(({ fileId }) => fileSubject(fileId)),
      );
    }
  }
  return files;
}
