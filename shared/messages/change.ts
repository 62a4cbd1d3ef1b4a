import { changing } from '../platform/dynamodb.ts';
import type { Write } from '../platform/transaction.ts';
import type { Bridge } from './bridge.ts';
import type { LineEntry, MessageRecord, MessageState } from './record.ts';

/** How a return is in its place that keeps no deletion waiting, as `mayWork` sees it. */
const passable = {
  condition: 'attribute_not_exists(#state) OR #state <> :working OR yields = :yes',
  values: { ':working': 'working', ':yes': true },
};

/** What a change leaves alone of a message: its key, place and content. */
type Changes = Partial<Omit<MessageRecord, 'messageId' | 'line' | 'position' | 'version'>>;

/**
 * The two writes that move a message to another state: its record and its place in the line, both or neither.
 * The transaction is refused when anybody changed the message since it was read.
 *
 * @param record the message as last read
 * @param changes further attributes of the record; `undefined` removes one
 * @param returning of a return: `yields` whether a deletion may pass it while it is working; `ifPassable` to be refused when
 *   none may
 */
export function stateWrites(
  { tables }: Pick<Bridge, 'tables'>,
  record: Pick<MessageRecord, 'messageId' | 'line' | 'position' | 'version'>,
  state: MessageState,
  changes: { [Key in keyof Changes]: Changes[Key] | undefined } = {},
  { yields, ifPassable = false }: { yields?: boolean | undefined; ifPassable?: boolean } = {},
): Write[] {
  const condition = ifPassable ? { ConditionExpression: passable.condition } : {};
  return [
    {
      Update: {
        TableName: tables.messages,
        Key: { messageId: record.messageId },
        ConditionExpression: 'version = :read',
        ...changing({ ...changes, state, version: record.version + 1 }, { ':read': record.version }),
      },
    },
    state === 'marked'
      ? { Delete: { TableName: tables.lines, Key: placeOf(record) } }
      : {
          Update: {
            TableName: tables.lines,
            Key: placeOf(record),
            ...condition,
            ...changing({ state, yields }, ifPassable ? passable.values : {}),
          },
        },
  ];
}

/** Refuses a transaction when an older return that a deletion is about to pass goes on by itself by now. */
export const passableCheck = ({ tables }: Pick<Bridge, 'tables'>, older: LineEntry): Write => ({
  ConditionCheck: {
    TableName: tables.lines,
    Key: placeOf(older),
    ConditionExpression: passable.condition,
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: passable.values,
  },
});

const placeOf = ({ line, position }: Pick<LineEntry, 'line' | 'position'>) => ({ line, position });
