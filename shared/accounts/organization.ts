import { batchGet, getItem, scan } from '../platform/dynamodb.ts';
import type { AccountRow } from './account.ts';
import type { AccountContext } from './context.ts';
import { foldUserName } from './user-name.ts';

/** A group of accounts that carries out services. */
export interface Organization extends OrganizationFields {
  /** Another one after each change. */
  version: number;
}

export interface OrganizationFields {
  name: string;
  supportedServices: number[];
  /** User names. */
  members: string[];
  details: Record<string, unknown>;
}

/** An organization as the table `accounts` keeps it, beside the accounts: no user name has a `#`. */
export interface OrganizationRow {
  account: string;
  name: string;
  supportedServices: number[];
  /** An account of the same name that is created later is no member. */
  members: { account: string; createdAt: number }[];
  /** JSON: DynamoDB does not keep every number. */
  details: string;
  /** Always the same: accounts have no such attribute, so the index has organizations alone. */
  kind?: typeof organizationKind;
  /** Milliseconds since 1970: an organization of the same name that is made later is another one. */
  createdAt?: number;
  /** Sequence of the newest event in the organization's history. */
  version: number;
}

export const organizationKind = 'organization';

/** The index of the table `accounts`, by which organizations are found among the accounts. */
export const organizationIndex = { indexName: 'organizations', partitionKey: 'kind', sortKey: 'account' } as const;

const prefix = 'organization#';

/** The key of an organization's row, and the subject of its history. */
export const organizationKey = (name: string): string => prefix + foldUserName(name);

/** The rule of `isAllowedOrganizationName`, for people. */
export const organizationNameRule =
  'have 1 to 64 letters, digits, spaces and ._@+&-, begin with a letter or a digit, and not end with a space';

/** Whether an organization may have this name, by `organizationNameRule`. */
export const isAllowedOrganizationName = (name: string): boolean =>
  /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._@+&-]{0,63}$/u.test(foldUserName(name)) && name === name.trim();

/** The most members and services, and the most characters of details: together they fit into an item. */
const maxMembers = 500;
const maxServices = 100;
const maxDetails = 20_000;

/** The rule that an organization breaks by its size; nothing when it breaks none. */
export function sizeProblem(organization: Partial<OrganizationFields>): string | undefined {
  const { supportedServices = [], members = [], details = {} } = organization;
  if (supportedServices.length > maxServices) return `supportedServices must be at most ${maxServices}`;
  if (members.length > maxMembers) return `members must be at most ${maxMembers}`;
  const isLong = JSON.stringify(details).length > maxDetails;
  return isLong ? `details must have at most ${maxDetails} characters as JSON` : undefined;
}

export async function readOrganization(context: AccountContext, name: string): Promise<Organization | undefined> {
  const row = await readRow(context, name);
  return row && withMembers(context, row);
}

export const readRow = async ({ db, tables }: AccountContext, name: string): Promise<OrganizationRow | undefined> =>
  isAllowedOrganizationName(name) ? getItem(db, tables.accounts, { account: organizationKey(name) }) : undefined;

/** All organizations, by name. */
export async function listOrganizations(context: AccountContext): Promise<Organization[]> {
  const found: Organization[] = [];
  for await (const row of scan<OrganizationRow>(context.db, context.tables.accounts)) {
    if (row.account.startsWith(prefix)) found.push(await withMembers(context, row));
  }
  return found.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

export async function withMembers(context: AccountContext, row: OrganizationRow): Promise<Organization> {
  const { name, supportedServices, details, version } = row;
  const accounts = await readAccounts(
    context,
    row.members.map(({ account }) => account),
  );
  const members = row.members.flatMap(({ account, createdAt }) => {
    const found = accounts.get(account);
    return found?.createdAt === createdAt ? found.userName : [];
  });
  return { name, supportedServices, members, details: JSON.parse(details), version };
}

export async function readAccounts({ db, clock, tables }: AccountContext, names: readonly string[]) {
  const keys = names.map((account) => ({ account }));
  const rows = await batchGet<AccountRow>(db, clock, tables.accounts, keys, ['account', 'userName', 'createdAt']);
  return new Map(rows.map((row) => [row.account, row]));
}
