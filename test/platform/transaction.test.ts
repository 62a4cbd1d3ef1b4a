import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TransientError } from '../../shared/platform/errors.ts';
import { transact, transactAll, updateItem } from '../../shared/platform/transaction.ts';
import { useWorlds } from '../support/setup.ts';
import type { World } from '../support/world.ts';

const newWorld = useWorlds();

const canceled = (...codes: string[]) =>
  new TransactionCanceledException({
    $metadata: {},
    message: 'Transaction cancelled',
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

/** The first so many transactions are refused with these reasons; the embedded DynamoDB never does that by itself. */
function refuseTransactions({ outside }: World, times: number, ...codes: string[]): void {
  let left = times;
  outside.before = ({ name }) => {
    if (name === 'TransactWriteItemsCommand' && left-- > 0) throw canceled(...codes);
  };
}

const putOnce = (world: World, name: string) => ({
  Put: {
    TableName: world.context.tables.control,
    Item: { name },
    ConditionExpression: 'attribute_not_exists(#n)',
    ExpressionAttributeNames: { '#n': 'name' },
  },
});

describe('transactions', () => {
  it('commit all of their writes', async () => {
    const world = await newWorld();
    const outcome = await transact(world.context.db, world.clock, [putOnce(world, 'a'), putOnce(world, 'b')]);
    expect(outcome).toBe('committed');
    expect(await world.rows.all('control')).toHaveLength(2);
  });

  it('are refused as a whole when one condition does not hold', async () => {
    const world = await newWorld();
    await transact(world.context.db, world.clock, [putOnce(world, 'a')]);
    const outcome = await transact(world.context.db, world.clock, [putOnce(world, 'b'), putOnce(world, 'a')]);
    expect(outcome).toBe('refused');
    expect(await world.rows.all('control')).toEqual([{ name: 'a' }]);
  });

  it.each([
    ['another transaction was in the way', 'TransactionConflict'],
    ['a partition lacks throughput', 'ThrottlingError'],
    ['a table lacks throughput', 'ProvisionedThroughputExceeded'],
  ])('are tried again when %s, with pauses that may grow', async (_why, code) => {
    const world = await newWorld();
    refuseTransactions(world, 4, 'None', code);
    expect(await transact(world.context.db, world.clock, [putOnce(world, 'a')])).toBe('committed');
    expect(world.clock.slept).toHaveLength(4);
    for (const [attempt, pause] of world.clock.slept.entries()) expect(pause).toBeLessThan(20 * 2 ** attempt);
  });

  it('give up when others keep getting in the way, as something to be retried later', async () => {
    const world = await newWorld();
    refuseTransactions(world, 1_000, 'TransactionConflict');
    await expect(transact(world.context.db, world.clock, [putOnce(world, 'a')])).rejects.toThrow(TransientError);
  });

  it('are refused when a condition did not hold beside a conflict', async () => {
    const world = await newWorld();
    refuseTransactions(world, 1, 'TransactionConflict', 'ConditionalCheckFailed');
    expect(await transact(world.context.db, world.clock, [putOnce(world, 'a')])).toBe('refused');
  });

  it.each([canceled('ValidationError'), new Error('the network is gone')])(
    'pass on what else goes wrong: %s',
    async (error) => {
      const world = await newWorld();
      world.outside.before = () => {
        throw error;
      };
      await expect(transact(world.context.db, world.clock, [putOnce(world, 'a')])).rejects.toBe(error);
    },
  );
});

describe('changes of one item', () => {
  const touchOnce = (world: World) => ({
    TableName: world.context.tables.control,
    Key: { name: 'a' },
    UpdateExpression: 'SET touched = :now',
    ConditionExpression: 'attribute_not_exists(touched)',
    ExpressionAttributeValues: { ':now': 1 },
  });

  it('are committed or refused, without a transaction', async () => {
    const world = await newWorld();
    const names: string[] = [];
    world.outside.before = ({ name }) => void names.push(name);
    expect(await updateItem(world.context.db, touchOnce(world))).toBe('committed');
    expect(await updateItem(world.context.db, touchOnce(world))).toBe('refused');
    expect(new Set(names)).toEqual(new Set(['UpdateItemCommand']));
  });

  it('pass on what else goes wrong', async () => {
    const world = await newWorld();
    const error = new Error('the network is gone');
    world.outside.before = () => {
      throw error;
    };
    await expect(updateItem(world.context.db, touchOnce(world))).rejects.toBe(error);
  });
});

describe('many transactions', () => {
  const commands = (world: World) => {
    const names: string[] = [];
    world.outside.before = ({ name }) => void (name.startsWith('TransactWrite') && names.push(name));
    return names;
  };

  it('go in as many requests as their actions take', async () => {
    const world = await newWorld();
    const names = commands(world);
    const all = Array.from({ length: 5 }, (_, index) =>
      Array.from({ length: 40 }, (_, action) => putOnce(world, `${index}-${action}`)),
    );
    expect(await transactAll(world.context.db, world.clock, all)).toEqual(all.map(() => 'committed'));
    expect(await world.rows.all('control')).toHaveLength(200);
    expect(names).toHaveLength(3);
  });

  it('share no fate: each is committed or refused as it would be by itself', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(5), { minLength: 1, maxLength: 3 }), { maxLength: 8 }),
        async (plans) => {
          const world = await newWorld();
          const distinct = plans.map((plan) => [...new Set(plan)]);
          const all = distinct.map((plan) => plan.map((name) => putOnce(world, `${name}`)));
          const outcomes = await transactAll(world.context.db, world.clock, all);
          const won = distinct.filter((_, index) => outcomes[index] === 'committed').flat();
          const names = (await world.rows.all('control')).map(({ name }) => name);
          expect(won.map(String).toSorted()).toEqual(names.toSorted());
          const free = (plan: number[]) => plan.every((name) => !won.includes(name));
          expect(distinct.filter((plan, index) => outcomes[index] === 'refused' && free(plan))).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });
});
