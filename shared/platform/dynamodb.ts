import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type DynamoDBDocumentClient,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
} from '@aws-sdk/lib-dynamodb';
import { Batcher, memoizePer } from './batcher.ts';
import { type Clock, systemClock } from './time.ts';

/** The one way in which the code talks to DynamoDB: the SDK's own document client. */
export type Database = Pick<DynamoDBDocumentClient, 'send'>;

/** Items of a query, page after page, in the order of the sort key. Reads are consistent. */
export async function* query<Item>(db: Database, input: QueryCommandInput): AsyncGenerator<Item> {
  let start: Record<string, unknown> | undefined;
  do {
    const page = await db.send(new QueryCommand({ ConsistentRead: true, ...input, ExclusiveStartKey: start }));
    yield* (page.Items ?? []) as Item[];
    start = page.LastEvaluatedKey;
  } while (start);
}

/**
 * Every item of a table, consistently read page after page, in no order but always the same.
 *
 * @param after the key of the item behind which to begin
 */
export async function* scan<Item>(db: Database, table: string, after?: Record<string, unknown>): AsyncGenerator<Item> {
  let start = after;
  do {
    const page = await db.send(new ScanCommand({ TableName: table, ConsistentRead: true, ExclusiveStartKey: start }));
    yield* (page.Items ?? []) as Item[];
    start = page.LastEvaluatedKey;
  } while (start);
}

/** Most keys of one BatchGetItem (DynamoDB API reference). */
const maxBatchGet = 100;

/** The items that exist among the keys, consistently read, in no order. Keys must be distinct. */
export async function batchGet<Item>(
  db: Database,
  clock: Clock,
  table: string,
  keys: Record<string, unknown>[],
  attributes?: readonly string[],
): Promise<Item[]> {
  const items: Item[] = [];
  for (let from = 0; from < keys.length; from += maxBatchGet) {
    const page = { Keys: keys.slice(from, from + maxBatchGet), ...projection(attributes) };
    for await (const part of batchGetTables(db, clock, { [table]: page })) items.push(...(part.items as Item[]));
  }
  return items;
}

type Keys = NonNullable<BatchGetCommandInput['RequestItems']>;

/** Asks again for what DynamoDB left out for the sake of size or throughput. */
async function* batchGetTables(db: Database, clock: Clock, tables: Keys) {
  let pending: Keys = Object.fromEntries(
    Object.entries(tables).map(([table, keys]) => [table, { ...keys, ConsistentRead: true }]),
  );
  for (let attempt = 0; Object.keys(pending).length > 0; attempt++) {
    if (attempt > 0) await clock.sleep(clock.random() * 50 * 2 ** Math.min(attempt, 6));
    const answer = await db.send(new BatchGetCommand({ RequestItems: pending }));
    for (const [table, items] of Object.entries(answer.Responses ?? {})) yield { table, items };
    pending = answer.UnprocessedKeys ?? {};
  }
}

interface ReadRequest {
  table: string;
  key: Record<string, unknown>;
}

const readers = memoizePer(
  (db: Database) =>
    new Batcher<ReadRequest, unknown>((requests) => readAll(db, requests), { most: maxBatchGet, atOnce: 2 }),
);

/**
 * One item, consistently read, or nothing when there is none. Reads that meet travel together.
 *
 * @param key the item's key
 */
export async function getItem<Item>(
  db: Database,
  table: string,
  key: Record<string, unknown>,
): Promise<Item | undefined> {
  return (await readers(db).submit({ table, key })) as Item | undefined;
}

async function readAll(db: Database, requests: ReadRequest[]): Promise<unknown[]> {
  const distinct = new Map(requests.map((request) => [JSON.stringify(request), request]));
  const byTable = Map.groupBy(distinct.values(), ({ table }) => table);
  const keys = [...byTable].map(([table, ofTable]) => [table, { Keys: ofTable.map(({ key }) => key) }]);
  const found = new Map<string, unknown>();
  for await (const { table, items } of batchGetTables(db, systemClock, Object.fromEntries(keys))) {
    const attributes = Object.keys(byTable.get(table)?.[0]?.key ?? {});
    for (const item of items) {
      const key = Object.fromEntries(attributes.map((attribute) => [attribute, item[attribute]]));
      found.set(JSON.stringify({ table, key }), item);
    }
  }
  return requests.map((request) => found.get(JSON.stringify(request)));
}

function projection(attributes: readonly string[] | undefined) {
  if (!attributes) return {};
  return {
    ProjectionExpression: attributes.map((_, index) => `#a${index}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(attributes.map((attribute, index) => [`#a${index}`, attribute])),
  };
}

/**
 * The parts of an update expression that set and remove attributes of these names.
 *
 * @param changes the new values; `undefined` removes the attribute
 * @param values further values that the condition needs, by placeholder
 */
export function updateExpression(changes: Record<string, unknown>, values: Record<string, unknown> = {}) {
  const names: Record<string, string> = {};
  const bound: Record<string, unknown> = { ...values };
  const set: string[] = [];
  const remove: string[] = [];
  for (const [attribute, value] of Object.entries(changes)) {
    names[`#${attribute}`] = attribute;
    if (value === undefined) remove.push(`#${attribute}`);
    else {
      set.push(`#${attribute} = :${attribute}`);
      bound[`:${attribute}`] = value;
    }
  }
  const clauses = [
    set.length > 0 ? `SET ${set.join(', ')}` : '',
    remove.length > 0 ? `REMOVE ${remove.join(', ')}` : '',
  ];
  return {
    UpdateExpression: clauses.filter((clause) => clause !== '').join(' '),
    ExpressionAttributeNames: names,
    ...(Object.keys(bound).length > 0 ? { ExpressionAttributeValues: bound } : {}),
  };
}
