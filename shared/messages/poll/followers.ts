import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unlessRefused, updateExpression } from '../../platform/dynamodb.ts';
import type { MessageContext } from '../context.ts';
import type { LineEntry } from '../record.ts';

/**
 * Records, in the entries of messages that new messages follow, the lines of the new messages: the handler that finishes a
 * followed message queues its followers.
 *
 * @param known messages that are in the tables, by id
 * @param fresh new messages, which may follow one another; not yet written
 * @returns the known messages whose entries have to be written again
 */
export function noteFollowers(known: ReadonlyMap<string, LineEntry>, fresh: readonly LineEntry[]): Set<LineEntry> {
  const news = new Map(fresh.map((entry) => [entry.messageId, entry]));
  const changed = new Set<LineEntry>();
  for (const { line, follows = [] } of fresh) {
    for (const { messageId } of follows) {
      const followed = news.get(messageId) ?? known.get(messageId);
      if (!followed || followed.followedBy?.includes(line)) continue;
      followed.followedBy = [...(followed.followedBy ?? []), line];
      if (!news.has(messageId)) changed.add(followed);
    }
  }
  return changed;
}

/**
 * Writes the changed entries of known messages. A message that was marked meanwhile is removed from `known`: nothing waits for
 * it.
 */
export async function writeFollowers(
  { db, tables }: MessageContext,
  known: Map<string, LineEntry>,
  followed: Iterable<LineEntry>,
): Promise<void> {
  for (const { line, position, messageId, followedBy } of followed) {
    const answer = await unlessRefused(
      db.send(
        new UpdateCommand({
          TableName: tables.lines,
          Key: { line, position },
          ConditionExpression: 'attribute_exists(messageId)',
          ...updateExpression({ followedBy }),
          ReturnValues: 'ALL_NEW',
        }),
      ),
    );
    // Use the current entry: a handler that did not know of the followers may have finished the message since the poll began.
    if (answer) known.set(messageId, answer.Attributes as LineEntry);
    else known.delete(messageId);
  }
}
