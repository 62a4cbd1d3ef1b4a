import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTable, type Tables, tableNames } from './services.ts';

/** How to create each table that was named. */
const creations = new Map<string, () => Promise<void>>();

/**
 * Names tables for a test. Each is created when a client with `createTablesOnUse` first needs it: a test uses less than half of
 * them, and a table takes longer to create the more there are.
 */
export function nameTables(client: DynamoDBClient, prefix: string): Tables {
  const tables = Object.fromEntries(tableNames.map((name) => [name, `${prefix}-${name}`])) as Tables;
  for (const name of tableNames) {
    let creation: Promise<void> | undefined;
    creations.set(tables[name], () => {
      creation ??= createTable(client, name, tables[name]);
      return creation;
    });
  }
  return tables;
}

/** Creates named tables that others than the test's own clients need. */
export async function createAll(tables: Tables): Promise<void> {
  await Promise.all(Object.values(tables).map((table) => creations.get(table)?.()));
}

/** The parts of a command that name tables. */
interface Input {
  TableName?: string;
  RequestItems?: object;
  TransactItems?: readonly Record<string, { TableName?: string }>[];
}

/** Has a client create the named tables of a command before it sends the command. */
export function createTablesOnUse({ middlewareStack }: Pick<DynamoDBClient, 'middlewareStack'>): void {
  middlewareStack.add(
    (next) => async (args) => {
      await Promise.all(tablesOf(args.input as Input).map((table) => creations.get(table)?.()));
      return next(args);
    },
    { step: 'initialize', name: 'createTablesOnUse', override: true },
  );
}

function tablesOf({ TableName, RequestItems = {}, TransactItems = [] }: Input): string[] {
  const actions = TransactItems.flatMap((item) => Object.values(item).flatMap((action) => action.TableName ?? []));
  return [...(TableName === undefined ? [] : [TableName]), ...Object.keys(RequestItems), ...actions];
}
