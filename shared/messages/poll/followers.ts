import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { updateExpression } from '../../platform/dynamodb.ts';
import type { MessageContext } from '../context.ts';
import type { LineEntry } from '../record.ts';

/**
 * Notes with the messages that new ones follow in which lines those are: whoever finishes a followed message puts them to work.
 *
 * @param known messages that are in the tables, by id
 * @param fresh new messages, which are noted with one another before they are written
 * @returns the known messages to be written anew
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

/** Writes what was noted with known messages. One that was marked meanwhile is forgotten: nobody waits for it. */
export async function writeFollowers(
  { db, tables }: MessageContext,
  known: Map<string, LineEntry>,
  followed: Iterable<LineEntry>,
): Promise<void> {
  for (const { line, position, messageId, followedBy } of followed) {
    try {
      const answer = await db.send(
        new UpdateCommand({
          TableName: tables.lines,
          Key: { line, position },
          ConditionExpression: 'attribute_exists(messageId)',
          ...updateExpression({ followedBy }),
          ReturnValues: 'ALL_NEW',
        }),
      );
      // As it is by now: it may have been finished since the poll began, by who did not know of the followers.
      known.set(messageId, answer.Attributes as LineEntry);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      known.delete(messageId);
    }
  }
}
