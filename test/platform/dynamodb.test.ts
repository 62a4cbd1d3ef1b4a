import { PutCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchGet, getItem, getItems, query, scan, updateExpression } from '../../shared/platform/dynamodb.ts';
import { transact } from '../../shared/platform/transaction.ts';
import { useWorlds } from '../support/setup.ts';

const newWorld = useWorlds();

describe('reads', () => {
  const long = 'x'.repeat(300_000);

  it('go on page after page, in the order of the sort key', async () => {
    const world = await newWorld();
    const { db, tables } = world.context;
    const positions = Array.from({ length: 8 }, (_, index) => `${index}`);
    await Promise.all(
      positions.map((position) =>
        db.send(new PutCommand({ TableName: tables.lines, Item: { line: 'l', position, long } })),
      ),
    );
    const input = {
      TableName: tables.lines,
      KeyConditionExpression: 'line = :line',
      ExpressionAttributeValues: { ':line': 'l' },
    };
    const queried = await Array.fromAsync(query<{ position: string }>(db, input));
    expect(queried.map(({ position }) => position)).toEqual(positions);
    expect(await Array.fromAsync(scan(db, tables.lines))).toHaveLength(8);
  });

  it('get many items by key, in as many requests as it takes, and leave out what does not exist', async () => {
    const world = await newWorld();
    const { db, clock, tables } = world.context;
    const keys = Array.from({ length: 130 }, (_, index) => ({ name: `${index}` }));
    await transact(
      db,
      clock,
      keys.slice(40).map((Item) => ({ Put: { TableName: tables.control, Item } })),
    );
    const items = await batchGet(db, clock, tables.control, keys, ['name']);
    expect(items).toHaveLength(90);
  });

  it('get one item, or nothing', async () => {
    const world = await newWorld();
    const { db, tables } = world.context;
    const Item = { name: 'a', value: 1 };
    await db.send(new PutCommand({ TableName: tables.control, Item }));
    expect(await getItem(db, tables.control, { name: 'a' })).toEqual(Item);
    expect(await getItem(db, tables.control, { name: 'b' })).toBeUndefined();
  });

  it('get one item of each of several tables at once, and leave out what does not exist', async () => {
    const world = await newWorld();
    const { db, clock, tables } = world.context;
    const Item = { name: 'a', value: 1 };
    await db.send(new PutCommand({ TableName: tables.control, Item }));
    const items = await getItems(db, clock, {
      [tables.control]: { name: 'a' },
      [tables.projects]: { projectNo: '1' },
    });
    expect([...items]).toEqual([[tables.control, Item]]);
  });
});

describe('update expressions', () => {
  const anyChanges = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.option(fc.nat(), { nil: undefined }));

  it('set what has a value and remove what has none, whatever DynamoDB thinks of the names', async () => {
    const world = await newWorld();
    const { db, clock, tables } = world.context;
    await fc.assert(
      fc.asyncProperty(anyChanges, anyChanges, async (first, second) => {
        const Key = { name: 'changed' };
        const changes = [
          { state: 1, ...first, name: undefined },
          { state: 2, ...second, name: undefined },
        ];
        for (const { name, ...change } of changes)
          await transact(db, clock, [{ Update: { TableName: tables.control, Key, ...updateExpression(change) } }]);
        const [item] = await batchGet<Record<string, unknown>>(db, clock, tables.control, [Key]);
        const expected = Object.entries({ ...first, state: 2, ...second, name: 'changed' });
        for (const [attribute, value] of expected) expect(item?.[attribute]).toBe(value);
      }),
      { numRuns: 20 },
    );
  });
});
