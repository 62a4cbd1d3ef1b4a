import { randomUUID } from 'node:crypto';
import { type Database, getItem, scan, updateExpression } from '../platform/dynamodb.ts';
import type { Write } from '../platform/transaction.ts';
import type { Factors } from './factors/factor.ts';
import { foldUserName } from './user-name.ts';

/** A person who may sign in, as the table `accounts` keeps it. Times are milliseconds since 1970. */
export interface AccountRow extends Factors {
  /** The folded user name. */
  account: string;
  userName: string;
  email?: string | undefined;
  fname?: string | undefined;
  lname?: string | undefined;
  /** PHC string of Argon2id; the scrypt hash of a one-time password that DST was told. */
  passwordHash?: string | undefined;
  /** Whether the gateway made the password. */
  passwordGenerated: boolean;
  /** Whether the password opens nothing but its own change. */
  changePassword: boolean;
  /** End of a generated password. */
  passwordExpiresAt?: number | undefined;
  /** Whether a person of the centre blocked the account. */
  blockLogin: boolean;
  blockLoginReason?: string | undefined;
  /** The access from DST that the account is. */
  accessIdentifier?: string | undefined;
  /** Whether DST has disabled that access. */
  accessDisabled?: boolean;
  permissions: readonly string[];
  /** Bytes. */
  storageQuota?: number | undefined;
  quotaGroup?: string | undefined;
  /** The integer id in signed tokens, given when the first is asked for. */
  uid?: number | undefined;
  /** Sessions of another generation are over. */
  generation: string;
  createdAt: number;
  /** Marks of the newest requests with an idempotency key that created or changed the account. */
  requestMarks?: readonly string[];
  /** Sequence of the newest event in the account's history. */
  version: number;
}

/** Reads an account by its user name, in whatever letters. */
export async function readAccount(db: Database, table: string, userName: string): Promise<AccountRow | undefined> {
  const account = foldUserName(userName);
  if (!mayBeAccount(account)) return undefined;
  return getItem<AccountRow>(db, table, { account });
}

/** A longer key than DynamoDB's 2,048 bytes, or an empty one, would be an error there instead of a missing item. */
const isKey = (text: string) => text !== '' && Buffer.byteLength(text) <= 2_048;

/** Whether an account can have a folded user name: others are not asked for. */
export const mayBeAccount = (account: string): boolean => isKey(account) && isAccountKey(account);

/** Why nobody may sign in to an account; nothing when its owner may. */
export function blockReason({ blockLogin, blockLoginReason, accessDisabled }: AccountRow): string | undefined {
  if (accessDisabled) return 'Statistics Denmark has disabled the access';
  return blockLogin ? (blockLoginReason ?? '') : undefined;
}

/** Creates an account; refused when the user name or the e-mail address is in use. */
export const accountCreation = (table: string, row: AccountRow): Write[] => [
  { Put: { TableName: table, Item: row, ConditionExpression: 'attribute_not_exists(account)' } },
  ...emailHolder(table, row),
];

/**
 * Changes an account if nobody else did since it was read, and keeps its e-mail address unique. Messages of the portal do not
 * raise the version: those that end the tokens change the generation.
 */
export function accountUpdate(table: string, row: AccountRow, changes: Partial<AccountRow>): Write[] {
  const changed = { ...row, ...changes };
  const sameEmail = emailKey(row.email) === emailKey(changed.email);
  return [
    {
      Update: {
        TableName: table,
        Key: { account: row.account },
        ConditionExpression: 'version = :read AND generation = :generationRead',
        ...updateExpression(
          { ...changes, version: row.version + 1 },
          { ':read': row.version, ':generationRead': row.generation },
        ),
      },
    },
    ...(sameEmail ? [] : [...emailRelease(table, row), ...emailHolder(table, changed)]),
  ];
}

/** Removes an account and its e-mail address, if it is the account that was read and has the same address. */
export const accountRemoval = (table: string, row: AccountRow): Write[] => {
  const { account, createdAt, email } = row;
  return [
    {
      Delete: {
        TableName: table,
        Key: { account },
        ConditionExpression: `createdAt = :createdAt AND ${email ? 'email = :email' : 'attribute_not_exists(email)'}`,
        ExpressionAttributeValues: { ':createdAt': createdAt, ...(email && { ':email': email }) },
      },
    },
    ...emailRelease(table, row),
  ];
};

const maxMarks = 20;

/** Whether a request has been carried out before. @param mark nothing for a request without an idempotency key */
export const isRepeated = ({ requestMarks = [] }: AccountRow, mark: string | undefined): boolean =>
  mark !== undefined && requestMarks.includes(mark);

/** The change that marks a request as carried out. */
export const withMark = ({ requestMarks = [] }: Pick<AccountRow, 'requestMarks'>, mark: string | undefined) =>
  mark === undefined ? {} : { requestMarks: [...requestMarks, mark].slice(-maxMarks) };

/** The change that ends every session and signed token of an account. */
export const endOfTokens = () => ({ generation: randomUUID() });

/** No user name has a `#`, so an address never takes an account's place. */
const emailPrefix = 'email#';
const isAccountKey = (key: string) => !key.includes('#');

const emailKey = (email: string | undefined): string | undefined =>
  email ? emailPrefix + email.normalize('NFKC').toLowerCase() : undefined;

function emailHolder(table: string, { email, account: holder }: AccountRow): Write[] {
  const account = emailKey(email);
  if (!account) return [];
  const ConditionExpression = 'attribute_not_exists(account)';
  return [{ Put: { TableName: table, Item: { account, holder }, ConditionExpression } }];
}

function emailRelease(table: string, { email }: AccountRow): Write[] {
  const account = emailKey(email);
  return account ? [{ Delete: { TableName: table, Key: { account } } }] : [];
}

/** Reads the account that has an e-mail address. */
export async function readAccountByEmail(db: Database, table: string, email: string): Promise<AccountRow | undefined> {
  const account = await findEmailHolder(db, table, email);
  return account === undefined ? undefined : getItem<AccountRow>(db, table, { account });
}

/** @returns the folded user name of the account that has an e-mail address */
export async function findEmailHolder(db: Database, table: string, email: string): Promise<string | undefined> {
  const account = emailKey(email);
  if (account === undefined || !isKey(account)) return undefined;
  return (await getItem<{ holder: string }>(db, table, { account }))?.holder;
}

/**
 * Accounts in an unspecified but stable order.
 *
 * @param after the account behind which to begin
 */
export async function* allAccounts(db: Database, table: string, after?: string): AsyncGenerator<AccountRow> {
  for await (const row of scan<AccountRow>(db, table, after === undefined ? undefined : { account: after })) {
    if (isAccountKey(row.account)) yield row;
  }
}
