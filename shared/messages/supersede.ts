import { type Incident, incidentWrites } from '../operations/incidents.ts';
import { forEachConcurrently } from '../platform/concurrency.ts';
import { pagesOf } from '../platform/pages.ts';
import { transact, type Write } from '../platform/transaction.ts';
import type { MessageContext } from './context.ts';
import { type HandlerContext, isOver } from './handle/handler.ts';
import { readMessage } from './read.ts';
import type { LineEntry, MessageRecord, MessageState } from './record.ts';
import { returnKey } from './transfers-line.ts';
import { transitionWrites } from './transition.ts';

const unfinished: ReadonlySet<MessageState> = new Set(['open', 'applied', 'working', 'held']);

/** Whether a message in this state can be superseded. */
const isUnfinished = (state: MessageState): boolean => unfinished.has(state);

/** Whether a revocation has still to end what its person had: a deletion of the project ends that, too, and nothing else does. */
const endsAlone = ({ revokedUser }: MessageRecord, by: Pick<MessageRecord, 'type'>): boolean =>
  revokedUser !== undefined && by.type !== 'DeleteProject';

/**
 * The writes that supersede unfinished messages; none for finished ones. A superseded return opens an incident: DST requested
 * the file and will not receive it. The transaction is refused if a return has begun since its line was read.
 *
 * @param by the message that supersedes them
 */
async function supersedeWrites(
  context: MessageContext,
  by: Pick<MessageRecord, 'messageId' | 'type'>,
  entries: readonly LineEntry[],
  further: { [Key in 'raw' | 'rawKey']?: undefined } = {},
): Promise<Write[]> {
  const candidates = entries.filter(({ state }) => isUnfinished(state));
  const records = await Promise.all(candidates.map((entry) => readMessage(context, entry.messageId)));
  return records
    .filter((record) => record !== undefined)
    .filter((record) => isUnfinished(record.state) && !endsAlone(record, by))
    .flatMap((record) => {
      // Keep the lease: until it ends, a handler may still send the portal a superseded password.
      const changes = { settledAt: context.clock.now(), ...further };
      const isReturn = record.type === 'ReturnDataFile';
      return [
        ...transitionWrites(context, record, 'superseded', changes, { ifPassable: isReturn }),
        ...(isReturn ? incidentWrites(context, neverReturned(record, by)) : []),
      ];
    });
}

/** Messages superseded together with an effect: each takes up to four of the 100 actions of a transaction. */
const supersededAtOnce = 20;

/**
 * The writes that supersede unfinished messages together with an effect. Messages beyond those of one transaction are superseded
 * before, the newest first, so that none takes effect because the one before it is out of the way.
 *
 * @returns undefined if one was being processed or if time ran out: the effect has to wait
 */
export async function supersedeWithEffect(
  { context, record: by, deadline }: Pick<HandlerContext, 'context' | 'record' | 'deadline'>,
  entries: readonly LineEntry[],
): Promise<Write[] | undefined> {
  const [first = [], ...further] = pagesOf(
    entries.filter(({ state }) => isUnfinished(state)),
    supersededAtOnce,
  );
  for (const page of further.toReversed()) {
    if (isOver(context, deadline)) return undefined;
    const writes = await supersedeWrites(context, by, page);
    if (writes.length > 0 && (await transact(context.db, context.clock, writes)) === 'refused') return undefined;
  }
  return supersedeWrites(context, by, first);
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

/** Messages superseded concurrently. */
const maxTransactions = 20;

/**
 * Supersedes messages and removes their open transfers. Returns come first: a file has to stay while its return may begin.
 *
 * @returns whether all are superseded; false if one was being processed or if time ran out
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
    // The message has begun or ended since the line was read: a delivery may be adding files to the project.
    if (writes.length === 0) all = false;
    if (!all) return;
    const transfer = {
      Delete: { TableName: context.tables.lines, Key: returnKey(entry) },
    };
    // Refused if a handler has the message: it would continue without the text.
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
