import { query } from '../platform/dynamodb.ts';
import type { ProcessContext } from './context.ts';
import { projectScope } from './keys.ts';

interface Context extends Pick<ProcessContext, 'db'> {
  tables: { processes: string };
}

/** Items of a scope whose place begins with a text, in their order. */
export const itemsIn = <Item>({ db, tables }: Context, scope: string, prefix: string): AsyncGenerator<Item> =>
  query<Item>(db, {
    TableName: tables.processes,
    KeyConditionExpression: '#scope = :scope AND begins_with(#item, :item)',
    ExpressionAttributeNames: { '#scope': 'scope', '#item': 'item' },
    ExpressionAttributeValues: { ':scope': scope, ':item': prefix },
  });

/** The same of a project. */
export const itemsOf = <Item>(context: Context, projectID: string, prefix: string): AsyncGenerator<Item> =>
  itemsIn<Item>(context, projectScope(projectID), prefix);
