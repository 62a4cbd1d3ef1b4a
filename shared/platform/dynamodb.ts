import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { pagesOf } from './pages.ts';
import type { Clock } from './time.ts';

/** The only interface to DynamoDB: the SDK's document client. */
export type Database = Pick<DynamoDBDocumentClient, 'send'>;

interface Consistency {
  ConsistentRead: boolean;
}

/** Option for reads that may miss the latest writes; they take half the read units. */
export const eventually: Consistency = { ConsistentRead: false };

/** Items of a query, page after page, in the order of the sort key. Reads are consistent. */
export async function* query<Item>(db: Database, input: QueryCommandInput): AsyncGenerator<Item> {
  let start: Record<string, unknown> | undefined;
  do {
    const page = await db.send(new QueryCommand({ ConsistentRead: true, ...input, ExclusiveStartKey: start }));
    yield* (page.Items ?? []) as Item[];
    start = page.LastEvaluatedKey;
  } while (start);
}

/** Condition of the items of a scan that are sent, their attributes, and the part of the table; what is left out costs as much to read. */
export type Selection = Pick<
  ScanCommandInput,
  | 'FilterExpression'
  | 'ProjectionExpression'
  | 'ExpressionAttributeNames'
  | 'ExpressionAttributeValues'
  | 'Segment'
  | 'TotalSegments'
>;

/**
 * Every item of a table, read consistently page by page, in an unspecified but stable order.
 *
 * @param after the key of the item after which to begin
 */
export async function* scan<Item>(
  db: Database,
  table: string,
  after?: Record<string, unknown>,
  selection?: Selection,
): AsyncGenerator<Item> {
  for await (const page of scanPages<Item>(db, table, after, selection)) yield* page;
}

/** The same by pages: to wait for each item takes longer than to count it. */
export async function* scanPages<Item>(
  db: Database,
  table: string,
  after?: Record<string, unknown>,
  selection: Selection = {},
): AsyncGenerator<Item[]> {
  let start = after;
  do {
    const page = await db.send(
      new ScanCommand({ TableName: table, ConsistentRead: true, ...selection, ExclusiveStartKey: start }),
    );
    yield (page.Items ?? []) as Item[];
    start = page.LastEvaluatedKey;
  } while (start);
}

/** Most keys of one BatchGetItem (DynamoDB API reference). */
const maxBatchGet = 100;

/** The existing items with these keys, read consistently by default, in no order. Keys must be distinct. */
export async function batchGet<Item>(
  db: Database,
  clock: Clock,
  table: string,
  keys: Record<string, unknown>[],
  attributes?: readonly string[],
  { ConsistentRead }: Consistency = { ConsistentRead: true },
): Promise<Item[]> {
  const items: Item[] = [];
  for (const page of pagesOf(keys, maxBatchGet)) {
    const found = await batchGetPage(db, clock, {
      [table]: { Keys: page, ConsistentRead, ...projection(attributes) },
    });
    items.push(...((found.get(table) ?? []) as Item[]));
  }
  return items;
}

/**
 * Reads one item of each of several tables at once, consistently.
 *
 * @param keys the items' keys, by table
 * @returns the items that exist, by table
 */
export async function getItems(
  db: Database,
  clock: Clock,
  keys: Readonly<Record<string, Record<string, unknown>>>,
): Promise<ReadonlyMap<string, unknown>> {
  const requested = Object.entries(keys).map(([table, key]) => [table, { Keys: [key], ConsistentRead: true }]);
  const found = await batchGetPage(db, clock, Object.fromEntries(requested));
  return new Map([...found].flatMap(([table, items]) => items.map((item) => [table, item] as const)));
}

type Keys = NonNullable<BatchGetCommandInput['RequestItems']>;

/** @returns the existing items, by table */
async function batchGetPage(db: Database, clock: Clock, keys: Keys): Promise<Map<string, unknown[]>> {
  const items = new Map<string, unknown[]>();
  let pending = keys;
  for (let attempt = 0; Object.keys(pending).length > 0; attempt++) {
    if (attempt > 0) await clock.sleep(clock.random() * 50 * 2 ** Math.min(attempt, 6));
    const answer = await db.send(new BatchGetCommand({ RequestItems: pending }));
    for (const [table, found] of Object.entries(answer.Responses ?? {})) {
      items.set(table, [...(items.get(table) ?? []), ...found]);
    }
    // Keys that DynamoDB left out because of size or throughput.
    pending = answer.UnprocessedKeys ?? {};
  }
  return items;
}

/** Most items of one BatchWriteItem (DynamoDB API reference). */
const maxBatchWrite = 25;

type Writes = NonNullable<BatchWriteCommandInput['RequestItems']>;

/** Puts items, in no order: where it fails, some of them may be there. Their keys must be distinct. */
export const batchPut = (db: Database, clock: Clock, table: string, items: Record<string, unknown>[]): Promise<void> =>
  batchWrite(
    db,
    clock,
    table,
    items.map((Item) => ({ PutRequest: { Item } })),
  );

/** Deletes the items with these keys, in no order: where it fails, some may be left. Keys must be distinct. */
export const batchDelete = (
  db: Database,
  clock: Clock,
  table: string,
  keys: Record<string, unknown>[],
): Promise<void> =>
  batchWrite(
    db,
    clock,
    table,
    keys.map((Key) => ({ DeleteRequest: { Key } })),
  );

async function batchWrite(db: Database, clock: Clock, table: string, requests: Writes[string]): Promise<void> {
  for (const page of pagesOf(requests, maxBatchWrite)) {
    let pending: Writes = { [table]: page };
    for (let attempt = 0; Object.keys(pending).length > 0; attempt++) {
      if (attempt > 0) await clock.sleep(clock.random() * 50 * 2 ** Math.min(attempt, 6));
      // Items that DynamoDB left out because of throughput.
      pending = (await db.send(new BatchWriteCommand({ RequestItems: pending }))).UnprocessedItems ?? {};
    }
  }
}

/**
 * Reads one item, consistently by default; undefined if it does not exist.
 *
 * @param key the item's key
 */
export async function getItem<Item>(
  db: Database,
  table: string,
  key: Record<string, unknown>,
  { ConsistentRead }: Consistency = { ConsistentRead: true },
): Promise<Item | undefined> {
  const { Item } = await db.send(new GetCommand({ TableName: table, Key: key, ConsistentRead }));
  return Item as Item | undefined;
}

/** @returns the answer to a conditional write; undefined if the condition failed */
export async function unlessRefused<Answer>(write: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

/** Selects attributes of items; all by default. */
export function projection(attributes: readonly string[] | undefined) {
  if (!attributes) return {};
  return {
    ProjectionExpression: attributes.map((_, index) => `#a${index}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(attributes.map((attribute, index) => [`#a${index}`, attribute])),
  };
}

/**
 * The parts of an update that set and remove attributes.
 *
 * @param changes the new values; `undefined` removes the attribute
 * @param values further values for the condition, by placeholder
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
