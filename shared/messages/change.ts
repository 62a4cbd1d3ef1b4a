import { changing } from '../platform/dynamodb.ts';
import type { Write } from '../platform/transaction.ts';
import type { Bridge } from './bridge.ts';
import type { LineEntry, MessageRecord, MessageState } from './record.ts';

/** What a change leaves alone of a message: its key, place and content. */
type Changes = Partial<Omit<MessageRecord, 'messageId' | 'line' | 'position' | 'version'>>;

/**
 * The two writes that move a message to another state: its record and its place in the line, both or neither.
 * The transaction is refused when anybody changed the message since it was read.
 *
 * @param record the message as last read
 * @param changes further attributes of the record; `undefined` removes one
 * @param yields whether a deletion may pass it, for a return that is working
 */
export function stateWrites(
  { tables }: Pick<Bridge, 'tables'>,
  record: Pick<MessageRecord, 'messageId' | 'line' | 'position' | 'version'>,
  state: MessageState,
  changes: { [Key in keyof Changes]: Changes[Key] | undefined } = {},
  yields?: boolean,
): Write[] {
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
      : { Update: { TableName: tables.lines, Key: placeOf(record), ...changing({ state, yields }) } },
  ];
}

const placeOf = ({ line, position }: Pick<LineEntry, 'line' | 'position'>) => ({ line, position });
