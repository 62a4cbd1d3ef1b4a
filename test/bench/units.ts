import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';

/** Counts the units of a client's commands as DynamoDB reports them. */
export class Units {
  read = 0;
  write = 0;
  /** Commands that read. */
  reads = 0;
  /** The same by the tables that they read. */
  readonly readsOf = new Map<string, number>();
  scans = 0;

  watch(client: DynamoDBClient): void {
    client.middlewareStack.add(
      (next, { commandName = '' }) =>
        async (args) => {
          Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
          const result = await next(args);
          const { ConsumedCapacity } = capacity.parse(result.output);
          const units = [ConsumedCapacity].flat().reduce((sum, of) => sum + (of?.CapacityUnits ?? 0), 0);
          if (/Scan/.test(commandName)) this.scans += 1;
          if (/Get|Query|Scan/.test(commandName)) {
            this.read += units;
            this.reads += 1;
            const of = tablesOf(args.input);
            this.readsOf.set(of, (this.readsOf.get(of) ?? 0) + 1);
          } else this.write += units;
          return result;
        },
      { step: 'initialize', priority: 'high' },
    );
  }
}

const used = z.object({ CapacityUnits: z.number() });
const capacity = z.object({ ConsumedCapacity: z.union([used, z.array(used)]).optional() });

const target = z.object({
  TableName: z.string().optional(),
  IndexName: z.string().optional(),
  RequestItems: z.record(z.string(), z.unknown()).optional(),
});

/** The tables of a command, and the index. */
function tablesOf(input: object): string {
  const { TableName, IndexName, RequestItems = {} } = target.parse(input);
  const name = TableName ?? Object.keys(RequestItems).join(' and ');
  return IndexName === undefined ? name : `${name} by ${IndexName}`;
}
