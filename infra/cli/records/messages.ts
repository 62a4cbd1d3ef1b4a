import { readMessage } from '../../../shared/messages/read.ts';
import type { MessageRecord } from '../../../shared/messages/record.ts';
import { projectSubject } from '../../../shared/messages/subject.ts';
import { unmarkedEntries } from '../../../shared/operate/find/unmarked.ts';
import {
  describeMessage,
  filterMessages,
  messageStates,
  messagesOfProject,
  unmarkedMessages,
} from '../../../shared/operate/lists/messages.ts';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import type { Command } from '../command.ts';
import { printDetail } from '../explain/detail.ts';
import { messageDetail } from '../explain/message.ts';
import { findMessage } from '../find/find-message.ts';
import { checkProject, readProjectNo } from '../find/project-option.ts';
import { dateTime, listing, printPage, readLimit, refuseFilters, type Show } from '../listing.ts';
import type { OperatedGateway } from '../target/gateway.ts';

const options = {
  project: { flags: '--project <N>', summary: 'all of this project; without it all that are not marked yet' },
  state: { flags: '--state <STATE>', choices: messageStates, summary: 'only of this state' },
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
    const filter = { state, type };
    // The lines are read instead of the table of all messages, which covers 400 days.
    const all =
      projectNo === undefined
        ? unmarkedMessages(opened, await Array.fromAsync(unmarkedEntries(opened)), filter, from)
        : filterMessages(messagesOfProject(opened, projectNo, from), filter);
    return printPage(operation, limit, all, show, { project, state, type, after });
  },
};

async function positionOf(gateway: OperatedGateway, messageId: string): Promise<string> {
  const record = await readMessage(gateway, messageId);
  if (!record) throw new InvalidInputError(`--after: there is no message ${messageId}`);
  return record.position;
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
  describe: describeMessage,
  id: ({ messageId }) => messageId,
  one: 'message',
  many: 'messages',
};
