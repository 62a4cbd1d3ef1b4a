import { returnKey } from '../files/transfer/transfer.ts';
import { type Incident, incidentWrite } from '../operations/incidents.ts';
import { forEachConcurrently } from '../platform/concurrency.ts';
import { transact, type Write } from '../platform/transaction.ts';
import type { Bridge } from './context.ts';
import { readMessage } from './dispatch.ts';
import { isOver, type Turn } from './handle/handler.ts';
import type { LineEntry, MessageRecord, MessageState } from './record.ts';
import { stateWrites } from './transition.ts';

const unfinished: ReadonlySet<MessageState> = new Set(['open', 'applied', 'working', 'held']);

/** Whether a message in this state can be made moot. */
export const isUnfinished = (state: MessageState): boolean => unfinished.has(state);

/**
 * The writes that make messages moot whose effect or work is not finished; none for the others. A return is an incident: DST
 * asked for the file, and never gets it. Refused when a return has begun since its line was read.
 *
 * @param by the message that makes them moot
 */
export async function supersedeWrites(
  bridge: Bridge,
  by: Pick<MessageRecord, 'messageId' | 'type'>,
  entries: readonly LineEntry[],
  further: { [Key in 'raw' | 'rawKey']?: undefined } = {},
): Promise<Write[]> {
  const candidates = entries.filter(({ state }) => isUnfinished(state));
  const records = await Promise.all(candidates.map((entry) => readMessage(bridge, entry.messageId)));
  return records
    .filter((record): record is MessageRecord => record !== undefined && isUnfinished(record.state))
    .flatMap((record) => {
      // The lease stays: until it ends, somebody may be telling the portal what is moot by now.
      const changes = { settledAt: bridge.clock.now(), ...further };
      const isReturn = record.type === 'ReturnDataFile';
      return [
        ...stateWrites(bridge, record, 'superseded', changes, { ifPassable: isReturn }),
        ...(isReturn ? [incidentWrite(bridge.tables.incidents, neverReturned(record, by), bridge.clock.now())] : []),
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
const atOnce = 20;

/**
 * Makes messages moot, and what is still to be moved for them: returns first, for as long as one may begin its file has to stay.
 *
 * @returns whether all of them are: not when somebody was at work on one at this moment, or when the time is up
 */
export async function supersedeAll(
  { bridge, record: by, deadline }: Pick<Turn, 'bridge' | 'record' | 'deadline'>,
  entries: readonly LineEntry[],
): Promise<boolean> {
  let all = true;
  const supersede = async (entry: LineEntry) => {
    if (isOver(bridge, deadline)) all = false;
    if (!all) return;
    const writes = await supersedeWrites(bridge, by, [entry]);
    // It has begun or ended since the line was read: a delivery may be adding files to the project.
    if (writes.length === 0) all = false;
    if (!all) return;
    const transfer = {
      Delete: { TableName: bridge.tables.lines, Key: returnKey(entry) },
    };
    // Somebody's work on it would go on without its text.
    if ((await transact(bridge.db, bridge.clock, [...writes, transfer])) === 'refused') all = false;
    else if (entry.type === 'ReturnDataFile') bridge.log.warn('incident', neverReturned(entry, by));
  };
  const unfinished = entries.filter(({ state }) => isUnfinished(state));
  const returns = unfinished.filter(({ type }) => type === 'ReturnDataFile');
  await forEachConcurrently(returns, atOnce, supersede);
  await forEachConcurrently(
    unfinished.filter((entry) => !returns.includes(entry)),
    atOnce,
    supersede,
  );
  return all;
}
