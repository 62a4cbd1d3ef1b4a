import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchGet, changing, query, scan, transact } from '../../shared/platform/dynamodb.ts';
import { TransientError } from '../../shared/platform/errors.ts';
import { useWorlds } from '../support/setup.ts';
import type { World } from '../support/world.ts';

const newWorld = useWorlds();

const canceled = (...codes: string[]) =>
  new TransactionCanceledException({
    $metadata: {},
    message: 'Transaction cancelled',
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

/** The first so many transactions are refused with these reasons; DynamoDB Local and its like never do that by themselves. */
function refuseTransactions({ outside }: World, times: number, ...codes: string[]): void {
  let left = times;
  outside.before = ({ name }) => {
    if (name === 'TransactWriteItemsCommand' && left-- > 0) throw canceled(...codes);
  };
}

const putOnce = (world: World, name: string) => ({
  Put: {
    TableName: world.bridge.tables.control,
    Item: { name },
    ConditionExpression: 'attribute_not_exists(#n)',
    ExpressionAttributeNames: { '#n': 'name' },
  },
});

describe('transactions', () => {
  it('commit all of their writes', async () => {
    const world = await newWorld();
    const outcome = await transact(world.bridge.db, world.clock, [putOnce(world, 'a'), putOnce(world, 'b')]);
    expect(outcome).toBe('committed');
    expect(await world.rows.all('control')).toHaveLength(2);
  });

  it('are refused as a whole when one condition does not hold', async () => {
    const world = await newWorld();
    await transact(world.bridge.db, world.clock, [putOnce(world, 'a')]);
    const outcome = await transact(world.bridge.db, world.clock, [putOnce(world, 'b'), putOnce(world, 'a')]);
    expect(outcome).toBe('refused');
    expect(await world.rows.all('control')).toEqual([{ name: 'a' }]);
  });

  it('are tried again when another transaction was in the way, with pauses that may grow', async () => {
    const world = await newWorld();
    refuseTransactions(world, 4, 'None', 'TransactionConflict');
    expect(await transact(world.bridge.db, world.clock, [putOnce(world, 'a')])).toBe('committed');
    expect(world.clock.slept).toHaveLength(4);
    for (const [attempt, pause] of world.clock.slept.entries()) expect(pause).toBeLessThan(20 * 2 ** attempt);
  });

  it('give up when others keep getting in the way, as something to be retried later', async () => {
    const world = await newWorld();
    refuseTransactions(world, 1_000, 'TransactionConflict');
    await expect(transact(world.bridge.db, world.clock, [putOnce(world, 'a')])).rejects.toThrow(TransientError);
  });

  it('are refused when a condition did not hold beside a conflict', async () => {
    const world = await newWorld();
    refuseTransactions(world, 1, 'TransactionConflict', 'ConditionalCheckFailed');
    expect(await transact(world.bridge.db, world.clock, [putOnce(world, 'a')])).toBe('refused');
  });

  it.each([canceled('ValidationError'), new Error('the network is gone')])(
    'pass on what else goes wrong: %s',
    async (error) => {
      const world = await newWorld();
      world.outside.before = () => {
        throw error;
      };
      await expect(transact(world.bridge.db, world.clock, [putOnce(world, 'a')])).rejects.toBe(error);
    },
  );
});

describe('reads', () => {
  const long = 'x'.repeat(300_000);

  it('go on page after page, in the order of the sort key', async () => {
    const world = await newWorld();
    const { db, tables } = world.bridge;
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
    const { db, clock, tables } = world.bridge;
    const keys = Array.from({ length: 130 }, (_, index) => ({ name: `${index}` }));
    await transact(
      db,
      clock,
      keys.slice(40).map(({ name }) => putOnce(world, name)),
    );
    const items = await batchGet(db, clock, tables.control, keys, ['name']);
    expect(items).toHaveLength(90);
  });
});

describe('update expressions', () => {
  const anyChanges = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.option(fc.nat(), { nil: undefined }));

  it('set what has a value and remove what has none, whatever DynamoDB thinks of the names', async () => {
    const world = await newWorld();
    const { db, clock, tables } = world.bridge;
    await fc.assert(
      fc.asyncProperty(anyChanges, anyChanges, async (first, second) => {
        const Key = { name: 'changed' };
        const changes = [
          { state: 1, ...first, name: undefined },
          { state: 2, ...second, name: undefined },
        ];
        for (const { name, ...change } of changes)
          await transact(db, clock, [{ Update: { TableName: tables.control, Key, ...changing(change) } }]);
        const [item] = await batchGet<Record<string, unknown>>(db, clock, tables.control, [Key]);
        const expected = Object.entries({ ...first, state: 2, ...second, name: 'changed' });
        for (const [attribute, value] of expected) expect(item?.[attribute]).toBe(value);
      }),
      { numRuns: 20 },
    );
  });
});
