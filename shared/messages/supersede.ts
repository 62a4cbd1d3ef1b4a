import { type Incident, incidentWrite } from '../operations/incidents.ts';
import { forEachConcurrently } from '../platform/concurrency.ts';
import { transact, type Write } from '../platform/transaction.ts';
import type { MessageContext } from './context.ts';
import { readMessage } from './dispatch.ts';
import { type HandlerContext, isOver } from './handle/handler.ts';
import type { LineEntry, MessageRecord, MessageState } from './record.ts';
import { returnKey } from './transfers-line.ts';
import { transitionWrites } from './transition.ts';

const unfinished: ReadonlySet<MessageState> = new Set(['open', 'applied', 'working', 'held']);

/** Whether a message in this state can be made moot. */
const isUnfinished = (state: MessageState): boolean => unfinished.has(state);

/**
 * The writes that make messages moot whose effect or work is not finished; none for the others. A return is an incident: DST
 * asked for the file, and never gets it. Refused when a return has begun since its line was read.
 *
 * @param by the message that makes them moot
 */
export async function supersedeWrites(
  context: MessageContext,
  by: Pick<MessageRecord, 'messageId' | 'type'>,
  entries: readonly LineEntry[],
  further: { [Key in 'raw' | 'rawKey']?: undefined } = {},
): Promise<Write[]> {
  const candidates = entries.filter(({ state }) => isUnfinished(state));
  const records = await Promise.all(candidates.map((entry) => readMessage(context, entry.messageId)));
  return records
    .filter((record): record is MessageRecord => record !== undefined && isUnfinished(record.state))
    .flatMap((record) => {
      // The lease stays: until it ends, somebody may be telling the portal what is moot by now.
      const changes = { settledAt: context.clock.now(), ...further };
      const isReturn = record.type === 'ReturnDataFile';
      return [
        ...transitionWrites(context, record, 'superseded', changes, { ifPassable: isReturn }),
        ...(isReturn ? [incidentWrite(context.tables.incidents, neverReturned(record, by), context.clock.now())] : []),
      ];
    });
}

const neverReturned = (
  { messageId, lastError }: Pick<MessageRecord, 'messageId' | 'lastError'>,
  by: Pick<MessageRecord, 'messageId' | 'type'>,
) =>
  ({
    kind: 'return-superseded',
    subject: messageId,
    messageId,
    expected: 'the file is returned before it is deleted',
    found: `${by.type} ${by.messageId} came before that was possible${lastError ? `: ${lastError}` : ''}`,
  }) satisfies Incident;

/** How many messages are made moot at a time. */
const maxTransactions = 20;

/**
 * Makes messages moot, and what is still to be moved for them: returns first, for as long as one may begin its file has to stay.
 *
 * @returns whether all of them are: not when somebody was at work on one at this moment, or when the time is up
 */
export async function supersedeAll(
  { context, record: by, deadline }: Pick<HandlerContext, 'context' | 'record' | 'deadline'>,
  entries: readonly LineEntry[],
): Promise<boolean> {
  let all = true;
  const supersede = async (entry: LineEntry) => {
    if (isOver(context, deadline)) all = false;
    if (!all) return;
    const writes = await supersedeWrites(context, by, [entry]);
    // It has begun or ended since the line was read: a delivery may be adding files to the project.
    if (writes.length === 0) all = false;
    if (!all) return;
    const transfer = {
      Delete: { TableName: context.tables.lines, Key: returnKey(entry) },
    };
    // Somebody's work on it would go on without its text.
    if ((await transact(context.db, context.clock, [...writes, transfer])) === 'refused') all = false;
    else if (entry.type === 'ReturnDataFile') context.log.warn('incident', neverReturned(entry, by));
  };
  const unfinished = entries.filter(({ state }) => isUnfinished(state));
  const returns = unfinished.filter(({ type }) => type === 'ReturnDataFile');
  await forEachConcurrently(returns, maxTransactions, supersede);
  await forEachConcurrently(
    unfinished.filter((entry) => !returns.includes(entry)),
    maxTransactions,
    supersede,
  );
  return all;
}
