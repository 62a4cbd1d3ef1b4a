import { createHash } from 'node:crypto';
import { type Database, getItem, query } from '../platform/dynamodb.ts';
import type { AccountRow } from './account.ts';
import { type OrganizationRow, organizationIndex, organizationKind } from './organization.ts';

/**
 * Id of an account for clients: it is the account's own, and an account of the same name that is created later has another one.
 *
 * @returns 43 characters of base64url
 */
export const accountIdOf = ({ account, createdAt }: Pick<AccountRow, 'account' | 'createdAt'>): string =>
  idOf(account, createdAt);

/** Id of an organization for clients, with the same properties. */
export const organizationIdOf = ({
  account,
  createdAt = 0,
}: Pick<OrganizationRow, 'account'> & { createdAt?: number | undefined }): string => idOf(account, createdAt);

const idOf = (key: string, createdAt: number): string =>
  createHash('sha256')
    .update(JSON.stringify([key, createdAt]))
    .digest('base64url');

/** Whether an account is a member of an organization. */
export const isMember = (
  { members }: Pick<OrganizationRow, 'members'>,
  { account, createdAt }: Pick<AccountRow, 'account' | 'createdAt'>,
): boolean => members.some((member) => member.account === account && member.createdAt === createdAt);

/** Everything that reading organizations needs. */
interface Context {
  db: Database;
  tables: { accounts: string };
}

/** All organizations, by their keys. The index may lag behind by a moment: what depends on a row reads the row. */
export const allOrganizations = ({ db, tables }: Context): Promise<OrganizationRow[]> =>
  Array.fromAsync(
    query<OrganizationRow>(db, {
      TableName: tables.accounts,
      IndexName: organizationIndex.indexName,
      ConsistentRead: false,
      KeyConditionExpression: 'kind = :kind',
      ExpressionAttributeValues: { ':kind': organizationKind },
    }),
  );

/** The organizations that an account is a member of now, as their rows say. One that it has just joined may be missing. */
export async function organizationsOf(
  context: Context,
  account: Pick<AccountRow, 'account' | 'createdAt'>,
): Promise<OrganizationRow[]> {
  const { db, tables } = context;
  const found = (await allOrganizations(context)).filter((organization) => isMember(organization, account));
  const rows = await Promise.all(
    found.map(({ account: key }) => getItem<OrganizationRow>(db, tables.accounts, { account: key })),
  );
  return rows.filter((row) => row !== undefined).filter((organization) => isMember(organization, account));
}
