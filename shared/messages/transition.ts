import { updateExpression } from '../platform/dynamodb.ts';
import { updateItem, type Write } from '../platform/transaction.ts';
import type { MessageContext } from './context.ts';
import type { LineEntry, MessageRecord, MessageState } from './record.ts';

/** Condition: the return does not block a deletion (must agree with `mayWork`). */
const passable = {
  condition: 'attribute_not_exists(#state) OR #state <> :working OR yields = :yes',
  values: { ':working': 'working', ':yes': true },
};

/** Attributes that a transition may change: all but the key, the place and the version. */
type Changes = Partial<Omit<MessageRecord, 'messageId' | 'line' | 'position' | 'version'>>;

interface Standing {
  yields?: boolean | undefined;
  fails?: boolean | undefined;
  lacks?: string | undefined;
  outOfTheWay?: true | undefined;
  ifPassable?: boolean;
}

/**
 * The two writes that move a message to another state: its record and its place in the line, both or neither. The transaction
 * is refused if the message has changed since it was read.
 *
 * @param record the message as last read
 * @param changes further attributes of the record; `undefined` removes one
 * @param standing further changes of its place: `yields`, `fails` and `lacks` of the line entry; `outOfTheWay` from now on;
 *   `ifPassable` refuses the transaction if the message is a return that no deletion may overtake
 */
export function transitionWrites(
  { tables }: Pick<MessageContext, 'tables'>,
  record: Pick<MessageRecord, 'messageId' | 'line' | 'position' | 'version'>,
  state: MessageState,
  changes: { [Key in keyof Changes]: Changes[Key] | undefined } = {},
  { yields, fails, lacks, outOfTheWay, ifPassable = false }: Standing = {},
): Write[] {
  const condition = ifPassable ? { ConditionExpression: passable.condition } : {};
  return [
    { Update: recordUpdate({ tables }, record, state, changes) },
    {
      Update: {
        TableName: tables.lines,
        Key: entryKey(record),
        ...condition,
        ...updateExpression(
          { state, yields, fails, lacks, ...(outOfTheWay && { outOfTheWay }) },
          ifPassable ? passable.values : {},
        ),
      },
    },
  ];
}

/** The update of the record alone. Refused if the message has changed since it was read. */
export const recordUpdate = (
  { tables }: Pick<MessageContext, 'tables'>,
  { messageId, version }: Pick<MessageRecord, 'messageId' | 'version'>,
  state: MessageState,
  changes: { [Key in keyof Changes]: Changes[Key] | undefined } = {},
) => ({
  TableName: tables.messages,
  Key: { messageId },
  ConditionExpression: 'version = :read',
  ...updateExpression({ ...changes, state, version: version + 1 }, { ':read': version }),
});

/** The message after a transition. @param changes as written */
export const withChanges = (record: MessageRecord, changes: object): MessageRecord => ({
  ...record,
  ...changes,
  version: record.version + 1,
});

/** Brings the entry of a settled message up to date. Does nothing if it was marked meanwhile, and its entry removed. */
export async function settleEntry(
  { db, tables }: Pick<MessageContext, 'db' | 'tables'>,
  record: Pick<MessageRecord, 'line' | 'position' | 'state'>,
): Promise<void> {
  await updateItem(db, {
    TableName: tables.lines,
    Key: entryKey(record),
    ConditionExpression: 'attribute_exists(messageId)',
    ...updateExpression({ state: record.state, yields: undefined, fails: undefined, lacks: undefined }),
  });
}

/** Refuses a transaction if an older return that a deletion is about to overtake is running again. */
export const passableCheck = ({ tables }: Pick<MessageContext, 'tables'>, older: LineEntry): Write => ({
  ConditionCheck: {
    TableName: tables.lines,
    Key: entryKey(older),
    ConditionExpression: passable.condition,
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: passable.values,
  },
});

/** Records whether a deletion may overtake a return in state `working`. Refused if the return is in another state by now. */
export const yieldWrite = (
  { tables }: { tables: { lines: string } },
  place: Pick<LineEntry, 'line' | 'position'>,
  yields: boolean,
): Write => ({
  Update: {
    TableName: tables.lines,
    Key: entryKey(place),
    ...updateExpression({ yields }, { ':working': 'working' }),
    ConditionExpression: '#state = :working',
    ExpressionAttributeNames: { '#state': 'state', '#yields': 'yields' },
  },
});

const entryKey = ({ line, position }: Pick<LineEntry, 'line' | 'position'>) => ({ line, position });
