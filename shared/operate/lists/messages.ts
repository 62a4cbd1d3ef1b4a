import type { OperatorContext } from '../../decisions/context.ts';
import type { LineEntry, MessageRecord, MessageState } from '../../messages/record.ts';
import { memberOf } from '../../messages/subject.ts';
import { batchGet } from '../../platform/dynamodb.ts';
import { gatherPages } from '../../platform/pages.ts';
import { pageSize, type Reading } from '../find/file-list.ts';
import { membersOf } from '../find/members.ts';
import { inOrder } from '../find/unmarked.ts';

export const messageStates = [
  ...(['open', 'applying', 'applied', 'working', 'done', 'held'] as const),
  ...(['superseded', 'dismissed', 'marked'] as const),
];

/** Narrows a list of messages. */
export interface MessageFilter {
  state?: MessageState | undefined;
  type?: string | undefined;
}

const matches = ({ state, type }: Pick<MessageRecord, 'state' | 'type'>, filter: MessageFilter): boolean =>
  (filter.state === undefined || state === filter.state) && (filter.type === undefined || type === filter.type);

/**
 * Messages that are not marked yet, in the order of the portal.
 *
 * @param entries their places, in any order
 * @param after position behind which to begin
 */
export async function* unmarkedMessages(
  reading: Reading,
  entries: readonly LineEntry[],
  filter: MessageFilter,
  after = '',
): AsyncGenerator<MessageRecord> {
  const wanted = entries.filter((entry) => entry.position > after && matches(entry, filter));
  async function* ids() {
    for (const { messageId } of inOrder(wanted)) yield messageId;
  }
  for await (const record of recordsOf(reading, ids())) if (matches(record, filter)) yield record;
}

/**
 * All messages of a project, in the order of the portal.
 *
 * @param after position behind which to begin
 */
export async function* messagesOfProject(
  reading: Reading,
  projectNo: string,
  after?: string,
): AsyncGenerator<MessageRecord> {
  async function* ids() {
    const from = after === undefined ? undefined : memberOf(after);
    const seen = new Set<string>();
    for await (const { messageId } of membersOf(reading, projectNo, 'message#', from)) {
      // A poll that failed may have left a member of a message that a later one inserted.
      if (messageId === undefined || seen.has(messageId)) continue;
      seen.add(messageId);
      yield messageId;
    }
  }
  yield* recordsOf(reading, ids());
}

async function* recordsOf(
  { db, clock, tables }: Pick<OperatorContext, 'db' | 'clock' | 'tables'>,
  ids: AsyncIterable<string>,
): AsyncGenerator<MessageRecord> {
  for await (const page of gatherPages(ids, pageSize)) {
    const keys = page.map((messageId) => ({ messageId }));
    const records = await batchGet<MessageRecord>(db, clock, tables.messages, keys);
    const byId = new Map(records.map((record) => [record.messageId, record]));
    for (const id of page) {
      const record = byId.get(id);
      if (record) yield record;
    }
  }
}

/** Messages that a filter lets through. */
export async function* filterMessages(
  records: AsyncIterable<MessageRecord>,
  filter: MessageFilter,
): AsyncGenerator<MessageRecord> {
  for await (const record of records) if (matches(record, filter)) yield record;
}

/** A message for programs, without its text, which may be long. */
export const describeMessage = ({
  raw: _,
  rawKey: __,
  contentHash: ___,
  passwordKeyId: ____,
  ...record
}: MessageRecord) => record;
