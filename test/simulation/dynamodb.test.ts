import { randomUUID } from 'node:crypto';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../../shared/platform/clients.ts';
import { useServices } from '../files/file-services.ts';
import { SimulatedDynamoDb } from './dynamodb.ts';

useServices();

const hash = fc.constantFrom('a', 'b');
const range = fc.constantFrom('1', '2', '10', 'é');
const number = fc.integer({ min: -1, max: 2 });
const key = fc.record({ pk: hash, sk: range });
const text = fc.constantFrom('x', 'y');

/** Conditions as the gateway writes them, with their placeholders. */
const condition = fc.oneof(
  fc.constant({}),
  fc
    .constantFrom('attribute_not_exists(pk)', 'attribute_exists(pk)')
    .map((ConditionExpression) => ({ ConditionExpression })),
  fc.tuple(fc.constantFrom('=', '<', '<=', '>', '>=', '<>'), number).map(([operator, value]) => ({
    ConditionExpression: `#count ${operator} :limit`,
    ExpressionAttributeNames: { '#count': 'count' },
    ExpressionAttributeValues: { ':limit': value },
  })),
  fc.tuple(number, text).map(([value, state]) => ({
    ConditionExpression:
      '#state = :state AND (attribute_not_exists(#count) OR #count <= :limit OR NOT #count < :limit)',
    ExpressionAttributeNames: { '#count': 'count', '#state': 'state' },
    ExpressionAttributeValues: { ':limit': value, ':state': state },
  })),
);

const change = fc.tuple(number, text).map(([more, state]) => ({
  UpdateExpression: 'SET #s = :s, added = :m REMOVE gone ADD #c :m',
  ExpressionAttributeNames: { '#s': 'state', '#c': 'count' },
  ExpressionAttributeValues: { ':s': state, ':m': more },
}));

type Place = { pk: string; sk: string };

type Conditioned = {
  ConditionExpression?: string;
  ExpressionAttributeNames?: object;
  ExpressionAttributeValues?: object;
};

const update = fc.tuple(key, change, condition).map(([Key, asked, on]) => ({
  Key,
  ...asked,
  ...on,
  ExpressionAttributeNames: { ...asked.ExpressionAttributeNames, ...(on as Conditioned).ExpressionAttributeNames },
  ExpressionAttributeValues: { ...asked.ExpressionAttributeValues, ...(on as Conditioned).ExpressionAttributeValues },
}));
const put = fc
  .tuple(
    key,
    fc.record({ count: fc.option(number, { nil: undefined }), gone: fc.option(text, { nil: undefined }), state: text }),
    condition,
  )
  .map(([at, attributes, on]) => ({
    Item: { ...at, ...attributes, nested: { list: [attributes.count, 'z'] } },
    ...on,
  }));

const action = fc.oneof(
  put.map((Put) => ({ Put })),
  update.map((Update) => ({ Update })),
  fc.tuple(key, condition).map(([Key, on]) => ({ Delete: { Key, ...on } })),
  fc
    .tuple(key, condition)
    .filter(([, on]) => 'ConditionExpression' in on)
    .map(([Key, on]) => ({ ConditionCheck: { Key, ...on } })),
);

const between = (first: string, last: string, names: object) => ({
  KeyConditionExpression: 'pk = :pk AND #sk BETWEEN :first AND :last',
  ExpressionAttributeNames: { '#sk': 'sk' },
  ExpressionAttributeValues: { ':pk': 'a', ':first': first, ':last': last },
  ...names,
});

/** Where one item is named twice and a condition does not hold, DynamoDB and DynamoDB Local tell of different ones of the two. */
function isClear(actions: readonly object[]): boolean {
  const asked = actions.flatMap((each) => Object.values(each) as (Conditioned & { Key?: Place; Item?: Place })[]);
  const places = new Set(asked.map(({ Key, Item }) => `${(Key ?? Item)?.pk} ${(Key ?? Item)?.sk}`));
  return places.size === asked.length || asked.every(({ ConditionExpression }) => !ConditionExpression);
}

/** One request, for a table whose name is known later. */
const request = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .array(action, { minLength: 1, maxLength: 4 })
      .filter(isClear)
      .map((actions) => (TableName: string) => transaction(TableName, actions)),
  },
  put.map((input) => (TableName: string) => new PutCommand({ TableName, ...input })),
  update.map((input) => (TableName: string) => new UpdateCommand({ TableName, ...input })),
  key.map((Key) => (TableName: string) => new GetCommand({ TableName, Key, ConsistentRead: true })),
  fc
    .array(key, { minLength: 1, maxLength: 3 })
    .map(
      (Keys) => (table: string) => new BatchGetCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }),
    ),
  fc
    .tuple(range, range, fc.integer({ min: 1, max: 4 }), fc.boolean())
    .filter(([first, last]) => Buffer.compare(Buffer.from(first), Buffer.from(last)) <= 0)
    .map(
      ([first, last, Limit, ScanIndexForward]) =>
        (TableName: string) =>
          new QueryCommand({ TableName, Limit, ScanIndexForward, ConsistentRead: true, ...between(first, last, {}) }),
    ),
  fc.constant((TableName: string) => new ScanCommand({ TableName, ConsistentRead: true })),
);

type Actions = ConstructorParameters<typeof TransactWriteCommand>[0]['TransactItems'];

function transaction(TableName: string, actions: readonly object[]) {
  const TransactItems = actions.map((each) =>
    Object.fromEntries(Object.entries(each).map(([kind, input]) => [kind, { TableName, ...input }])),
  );
  return new TransactWriteCommand({ TransactItems: TransactItems as Actions });
}

/** The comparable part of an answer: without fields that only a real service has, or the error. */
function essence(answer: unknown) {
  const { $metadata: _, ScannedCount: __, ...rest } = (answer ?? {}) as Record<string, unknown>;
  const { UnprocessedKeys: ___, ...shown } = rest;
  return JSON.parse(JSON.stringify(sortedItems(shown)));
}

/** A batch's and a scan's items come in no order. */
function sortedItems(answer: Record<string, unknown>) {
  const sorted = (items: unknown) =>
    (items as object[]).map((item) => JSON.stringify(item, Object.keys(item).sort())).sort();
  if (!answer.Responses) return answer;
  return { ...answer, Responses: Object.values(answer.Responses as object).map(sorted) };
}

async function outcome(ask: () => unknown) {
  try {
    return essence(await ask());
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const reasons = 'CancellationReasons' in error ? (error.CancellationReasons as { Code?: string }[]) : [];
    return { error: error.name, reasons: reasons.map(({ Code }) => Code) };
  }
}

describe('the simulated DynamoDB', () => {
  it('answers as the embedded one, whatever is asked', async () => {
    const embedded = createDatabase();
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 25 }), async (requests) => {
        const table = `table-${randomUUID()}`;
        await embedded.send(tableOf(table));
        const simulated = new SimulatedDynamoDb({ [table]: { hash: 'pk', range: 'sk' } });
        for (const make of requests) {
          const command = make(table);
          const expected = await outcome(() => pagesOf(command, (one) => embedded.send(one as GetCommand)));
          const found = await outcome(() => pagesOf(make(table), (one) => simulated.execute(one)));
          expect({ input: command.input, ...byScan(command, found) }).toEqual({
            input: command.input,
            ...byScan(command, expected),
          });
        }
      }),
      { numRuns: 40 },
    );
  });
});

/** All pages of a query. Whether there is one more, which is empty, when the last match fills a page, is for DynamoDB to decide. */
async function pagesOf(command: object, ask: (command: object) => unknown): Promise<unknown> {
  if (!(command instanceof QueryCommand)) return ask(command);
  const pages: unknown[] = [];
  let from: QueryCommandInput['ExclusiveStartKey'];
  do {
    const page = (await ask(new QueryCommand({ ...command.input, ExclusiveStartKey: from }))) as QueryCommandOutput;
    if (page.Items?.length) pages.push(page.Items);
    from = page.LastEvaluatedKey;
  } while (from);
  return { pages };
}

function byScan(command: object, answer: { Items?: object[] }) {
  if (!(command instanceof ScanCommand) || !answer.Items) return answer;
  return { ...answer, Items: answer.Items.map((item) => JSON.stringify(item, Object.keys(item).sort())).sort() };
}

function tableOf(TableName: string) {
  return new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
  });
}
