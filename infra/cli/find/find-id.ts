import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { PermanentError } from '../../../shared/platform/errors.ts';
import { printable } from '../../terminal/render.ts';
import type { OperatedGateway } from '../target/gateway.ts';

/** Where ids are looked for. */
interface Ids {
  /** Kind of thing that the ids identify, such as `message`. */
  what: string;
  table: string;
  /** Attribute that is the table's key. */
  key: string;
  /** Ids that operators usually mean, searched before the table, which may be long. */
  likely?: () => AsyncIterable<string>;
}

/**
 * Finds the id with a given beginning, because lists show only the beginnings of ids.
 *
 * @throws PermanentError when no id begins so, or several do, which it lists
 */
export async function findId({ db }: Pick<OperatedGateway, 'db'>, ids: Ids, text: string): Promise<string> {
  for (const beginning of beginningsOf(text)) {
    const likely = new Set<string>();
    for await (const id of ids.likely?.() ?? []) if (id.startsWith(beginning)) likely.add(id);
    const found = likely.size > 0 ? likely : await idsFrom(db, ids, beginning);
    if (found.size > 0) return chooseId(ids.what, text, found);
  }
  return chooseId(ids.what, text, new Set());
}

/** UUIDs are stored in lower case, whatever case DST or the operator uses. */
export const beginningsOf = (text: string): string[] =>
  /^[\dA-Fa-f-]{1,36}$/.test(text) ? [...new Set([text, text.toLowerCase()])] : [text];

/** @throws PermanentError when there is none, or more than one */
export function chooseId(what: string, text: string, found: ReadonlySet<string>): string {
  const [id, ...others] = [...found].sort();
  if (id === undefined) throw new PermanentError(`There is no ${what} ${printable(text)}`);
  if (others.length === 0) return id;
  const shown = [id, ...others].slice(0, maxShown).map((each) => `\n  ${printable(each)}`);
  const more = found.size > maxShown ? `\n  and ${found.size - maxShown} more` : '';
  throw new PermanentError(
    `Several begin with ${printable(text)}: give more of the ${what}'s id\n${shown.join('').slice(1)}${more}`,
  );
}

const maxShown = 20;

async function idsFrom(db: OperatedGateway['db'], { table, key }: Ids, text: string): Promise<Set<string>> {
  const found = new Set<string>();
  let start: Record<string, unknown> | undefined;
  do {
    const page = await db.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        FilterExpression: 'begins_with(#key, :text)',
        ProjectionExpression: '#key',
        ExpressionAttributeNames: { '#key': key },
        ExpressionAttributeValues: { ':text': text },
        ExclusiveStartKey: start,
      }),
    );
    for (const item of page.Items ?? []) found.add(String(item[key]));
    start = page.LastEvaluatedKey;
  } while (start);
  return found;
}
