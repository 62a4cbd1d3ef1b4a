import { type Database, getItem, query } from '../platform/dynamodb.ts';
import type { MessageContext } from './context.ts';
import type { LineEntry, MessageRecord } from './record.ts';

/** The entries of one line, in order, consistently read. */
export async function readLine(context: Pick<MessageContext, 'db' | 'tables'>, line: string): Promise<LineEntry[]> {
  return Array.fromAsync(
    query<LineEntry>(context.db, {
      TableName: context.tables.lines,
      KeyConditionExpression: 'line = :line',
      ExpressionAttributeValues: { ':line': line },
    }),
  );
}

/** The entries of a line, and of the lines that open messages among them follow, consistently read. */
export async function readLines(context: Parameters<typeof readLine>[0], line: string): Promise<LineEntry[]> {
  const found: LineEntry[] = [];
  const read = new Set<string>();
  for (let lines = [line]; lines.length > 0; ) {
    for (const each of lines) read.add(each);
    const entries = (await Promise.all(lines.map((each) => readLine(context, each)))).flat();
    found.push(...entries);
    const followed = entries.flatMap(({ state, follows = [] }) => (state === 'open' ? follows : []));
    lines = [...new Set(followed.map((each) => each.line))].filter((each) => !read.has(each));
  }
  return found;
}

/** The entry of a message, and those behind it in its line. */
export const fromEntry = (own: Pick<LineEntry, 'line' | 'position'>, entries: readonly LineEntry[]): LineEntry[] =>
  entries.filter(({ line, position }) => line === own.line && position >= own.position);

/** A message's record, consistently read. */
export async function readMessage(
  context: { db: Database; tables: { messages: string } },
  messageId: string,
): Promise<MessageRecord | undefined> {
  return getItem<MessageRecord>(context.db, context.tables.messages, { messageId });
}
