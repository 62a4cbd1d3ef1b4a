import type { Mutation } from './mutation.ts';

/** Mutants of reads and transactions. */
export const platform: readonly Mutation[] = [
  {
    name: 'the line from reads that lag',
    file: 'platform/dynamodb.ts',
    from: 'new QueryCommand({ ConsistentRead: true, ...input',
    to: 'new QueryCommand({ ConsistentRead: false, ...input',
  },
  {
    name: 'all lines from reads that lag',
    file: 'platform/dynamodb.ts',
    from: 'new ScanCommand({ TableName: table, ConsistentRead: true',
    to: 'new ScanCommand({ TableName: table, ConsistentRead: false',
  },
  {
    name: 'single rows from reads that lag',
    file: 'platform/dynamodb.ts',
    from: 'Key: key, ConsistentRead }',
    to: 'Key: key, ConsistentRead: false }',
  },
  {
    name: 'a conflict taken for success',
    file: 'platform/transaction.ts',
    from: 'await clock.sleep(clock.random() * 20 * 2 ** Math.min(attempt, 6));',
    to: "return 'committed';",
  },
];
