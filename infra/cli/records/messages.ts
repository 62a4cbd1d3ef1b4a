import { readMessage } from '../../../shared/messages/read.ts';
import type { LineEntry, MessageRecord } from '../../../shared/messages/record.ts';
import { memberOf, projectSubject } from '../../../shared/messages/subject.ts';
import { batchGet } from '../../../shared/platform/dynamodb.ts';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import { gatherPages } from '../../../shared/platform/pages.ts';
import type { Command } from '../command.ts';
import { printDetail } from '../explain/detail.ts';
import { messageDetail } from '../explain/message.ts';
import { pageSize } from '../find/file-list.ts';
import { findMessage, unmarkedEntries } from '../find/find-message.ts';
import { membersOf } from '../find/members.ts';
import { checkProject, readProjectNo } from '../find/project-option.ts';
import { dateTime, listing, printPage, readLimit, refuseFilters, type Show } from '../listing.ts';
import type { OperatedGateway } from '../target/gateway.ts';

const states = [
  ...(['open', 'applying', 'applied', 'working', 'done', 'held'] as const),
  ...(['superseded', 'dismissed', 'marked'] as const),
];

const options = {
  project: { flags: '--project <N>', summary: 'all of this project; without it all that are not marked yet' },
  state: { flags: '--state <STATE>', choices: states, summary: 'only of this state' },
  type: { flags: '--type <TYPE>', summary: 'only of this type' },
  ...listing,
} as const;

/** Lists messages, or explains one. */
export const messages: Command<typeof options> = {
  name: 'messages',
  group: 'Look',
  arguments: ['[messageId]'],
  options,
  summary:
    'List messages in the order of the portal; or explain one: the request of DST, why it waits, what can be done',
  examples: ['messages', 'messages 7c3e', 'messages --project 1001 --state marked'],
  async run(operation, { project, state, type, after, limit }, messageId) {
    if (messageId !== undefined) refuseFilters('messageId', { project, state, type, after, limit });
    const projectNo = project === undefined ? undefined : readProjectNo(project);
    readLimit(limit);
    if (state === 'marked' && projectNo === undefined) {
      throw new InvalidInputError("--state marked needs --project: only a project's are listed");
    }
    const opened = await operation.gateway();
    if (messageId !== undefined) {
      const record = await findMessage(opened, messageId);
      return printDetail(operation, await messageDetail({ gateway: opened, where: operation.where }, record));
    }
    if (projectNo !== undefined) await checkProject(opened, projectNo);
    const from = after === undefined ? undefined : await positionOf(opened, after);
    const all = projectNo === undefined ? unmarked(opened, from) : ofProject(opened, projectNo, from);
    return printPage(operation, limit, matching(all, state, type), show, { project, state, type, after });
  },
};

async function positionOf(gateway: OperatedGateway, messageId: string): Promise<string> {
  const record = await readMessage(gateway, messageId);
  if (!record) throw new InvalidInputError(`--after: there is no message ${messageId}`);
  return record.position;
}

/** Reads the lines instead of the table of all messages, which covers 400 days. */
async function* unmarked(gateway: OperatedGateway, after = ''): AsyncGenerator<MessageRecord> {
  const entries = await Array.fromAsync(unmarkedEntries(gateway));
  yield* recordsOf(gateway, inOrder(entries.filter(({ position }) => position > after)));
}

async function* inOrder(entries: Pick<LineEntry, 'messageId' | 'position'>[]): AsyncGenerator<string> {
  for (const { messageId } of entries.sort((a, b) => (a.position < b.position ? -1 : 1))) yield messageId;
}

async function* ofProject(gateway: OperatedGateway, projectNo: string, after?: string): AsyncGenerator<MessageRecord> {
  async function* ids() {
    const from = after === undefined ? undefined : memberOf(after);
    const seen = new Set<string>();
    for await (const { messageId } of membersOf(gateway, projectNo, 'message#', from)) {
      // A poll that failed may have left a member of a message that a later one inserted.
      if (messageId === undefined || seen.has(messageId)) continue;
      seen.add(messageId);
      yield messageId;
    }
  }
  yield* recordsOf(gateway, ids());
}

async function* recordsOf(
  { db, clock, tables }: OperatedGateway,
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

async function* matching(
  all: AsyncIterable<MessageRecord>,
  state: string | undefined,
  type: string | undefined,
): AsyncGenerator<MessageRecord> {
  for await (const record of all) {
    if ((state === undefined || record.state === state) && (type === undefined || record.type === type)) yield record;
  }
}

const project = projectSubject('');

const show: Show<MessageRecord> = {
  head: ['STATE', 'TYPE', 'CAME', 'TRIES', 'PROJECT', 'MESSAGE', 'LAST ERROR'],
  row: ({ state, type, receivedAt, attempts, line, messageId, lastError = '' }) => [
    state,
    type,
    dateTime(receivedAt),
    String(attempts),
    line.startsWith(project) ? line.slice(project.length) : '',
    messageId,
    lastError,
  ],
  // Without the text, which may be long.
  describe: ({ raw: _, rawKey: __, contentHash: ___, passwordKeyId: ____, ...record }) => record,
  id: ({ messageId }) => messageId,
  one: 'message',
  many: 'messages',
};
