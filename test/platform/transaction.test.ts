import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TransientError } from '../../shared/platform/errors.ts';
import { transact } from '../../shared/platform/transaction.ts';
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

  it('are tried again when another transaction was in the way, with pauses that may grow', async () => {
    const world = await newWorld();
    refuseTransactions(world, 4, 'None', 'TransactionConflict');
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

describe('transactions that meet', () => {
  const commands = (world: World) => {
    const names: string[] = [];
    world.outside.before = ({ name }) => void (name.startsWith('TransactWrite') && names.push(name));
    return names;
  };

  it('are committed together', async () => {
    const world = await newWorld();
    const names = commands(world);
    const all = Array.from({ length: 10 }, (_, index) => [putOnce(world, `${index}`), putOnce(world, `${index}b`)]);
    const outcomes = await Promise.all(all.map((writes) => transact(world.context.db, world.clock, writes)));
    expect(new Set(outcomes)).toEqual(new Set(['committed']));
    expect(await world.rows.all('control')).toHaveLength(20);
    expect(names).toEqual(['TransactWriteItemsCommand']);
  });

  it('share no fate: each is committed or refused as it would be by itself', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(5), { minLength: 1, maxLength: 3 }), { maxLength: 8 }),
        async (plans) => {
          const world = await newWorld();
          const distinct = plans.map((plan) => [...new Set(plan)]);
          const outcomes = await Promise.all(
            distinct.map((plan) =>
              transact(
                world.context.db,
                world.clock,
                plan.map((name) => putOnce(world, `${name}`)),
              ),
            ),
          );
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

  it('go again without those that were refused, which go by themselves', async () => {
    const world = await newWorld();
    await transact(world.context.db, world.clock, [putOnce(world, '1'), putOnce(world, '4')]);
    const names = commands(world);
    const all = Array.from({ length: 6 }, (_, index) => [putOnce(world, `other ${index}`), putOnce(world, `${index}`)]);
    const outcomes = await Promise.all(all.map((writes) => transact(world.context.db, world.clock, writes)));
    expect(outcomes).toEqual(['committed', 'refused', 'committed', 'committed', 'refused', 'committed']);
    expect(names).toHaveLength(4);
    expect(await world.rows.all('control')).toHaveLength(10);
  });

  it('are refused at once when no other is about the same item', async () => {
    const world = await newWorld();
    await transact(world.context.db, world.clock, [putOnce(world, '1'), putOnce(world, '4')]);
    const names = commands(world);
    const touchOnce = (name: string) => ({
      Update: {
        TableName: world.context.tables.control,
        Key: { name },
        UpdateExpression: 'SET touched = :now',
        ConditionExpression: 'attribute_not_exists(#n)',
        ExpressionAttributeNames: { '#n': 'name' },
        ExpressionAttributeValues: { ':now': 1 },
      },
    });
    const all = Array.from({ length: 6 }, (_, index) =>
      transact(world.context.db, world.clock, [touchOnce(`${index}`)]),
    );
    expect(await Promise.all(all)).toEqual(['committed', 'refused', 'committed', 'committed', 'refused', 'committed']);
    expect(names).toHaveLength(2);
  });

  it('are not refused for what another wrote that is refused itself', async () => {
    const world = await newWorld();
    // DynamoDB Local looks at the conditions of a transaction one after the other, each at what those before it write.
    refuseTransactions(world, 1, 'None', 'None', 'ConditionalCheckFailed', 'ConditionalCheckFailed');
    const plans = [['1'], ['0', '1'], ['0']];
    const outcomes = await Promise.all(
      plans.map((plan) =>
        transact(
          world.context.db,
          world.clock,
          plan.map((name) => putOnce(world, name)),
        ),
      ),
    );
    expect(outcomes).toEqual(['committed', 'refused', 'committed']);
  });

  it('go in as many requests as their actions take', async () => {
    const world = await newWorld();
    const names = commands(world);
    const all = Array.from({ length: 5 }, (_, index) =>
      Array.from({ length: 40 }, (_, action) => putOnce(world, `${index}-${action}`)),
    );
    await Promise.all(all.map((writes) => transact(world.context.db, world.clock, writes)));
    expect(await world.rows.all('control')).toHaveLength(200);
    expect(names).toHaveLength(3);
  });
});
