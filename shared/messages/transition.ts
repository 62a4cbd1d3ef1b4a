import { updateExpression } from '../platform/dynamodb.ts';
import type { Write } from '../platform/transaction.ts';
import type { MessageContext } from './context.ts';
import type { LineEntry, MessageRecord, MessageState } from './record.ts';

/** How a return is in its place that keeps no deletion waiting, as `mayWork` sees it. */
const passable = {
  condition: 'attribute_not_exists(#state) OR #state <> :working OR yields = :yes',
  values: { ':working': 'working', ':yes': true },
};

/** What a change leaves alone of a message: its key, place and content. */
type Changes = Partial<Omit<MessageRecord, 'messageId' | 'line' | 'position' | 'version'>>;

interface Standing {
  yields?: boolean | undefined;
  fails?: boolean | undefined;
  lacks?: string | undefined;
  ifPassable?: boolean;
}

/**
 * The two writes that move a message to another state: its record and its place in the line, both or neither.
 * The transaction is refused when anybody changed the message since it was read.
 *
 * @param record the message as last read
 * @param changes further attributes of the record; `undefined` removes one
 * @param standing what becomes of its place besides: `yields`, `fails` and `lacks` as in the line's entry; `ifPassable` to be refused
 *   when it is a return that no deletion may pass
 */
export function transitionWrites(
  { tables }: Pick<MessageContext, 'tables'>,
  record: Pick<MessageRecord, 'messageId' | 'line' | 'position' | 'version'>,
  state: MessageState,
  changes: { [Key in keyof Changes]: Changes[Key] | undefined } = {},
  { yields, fails, lacks, ifPassable = false }: Standing = {},
): Write[] {
  const condition = ifPassable ? { ConditionExpression: passable.condition } : {};
  return [
    {
      Update: {
        TableName: tables.messages,
        Key: { messageId: record.messageId },
        ConditionExpression: 'version = :read',
        ...updateExpression({ ...changes, state, version: record.version + 1 }, { ':read': record.version }),
      },
    },
    state === 'marked'
      ? { Delete: { TableName: tables.lines, Key: entryKey(record) } }
      : {
          Update: {
            TableName: tables.lines,
            Key: entryKey(record),
            ...condition,
            ...updateExpression({ state, yields, fails, lacks }, ifPassable ? passable.values : {}),
          },
        },
  ];
}

/** Refuses a transaction when an older return that a deletion is about to pass goes on by itself by now. */
export const passableCheck = ({ tables }: Pick<MessageContext, 'tables'>, older: LineEntry): Write => ({
  ConditionCheck: {
    TableName: tables.lines,
    Key: entryKey(older),
    ConditionExpression: passable.condition,
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: passable.values,
  },
});

/** Says of a return that is working whether a deletion may pass it; refused when it is not working any more. */
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
