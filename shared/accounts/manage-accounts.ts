import { randomUUID } from 'node:crypto';
import { PermanentError } from '../platform/errors.ts';
import { transact, tryAgain, untilCommitted, type Write } from '../platform/transaction.ts';
import {
  type AccountRow,
  accountCreation,
  accountRemoval,
  accountUpdate,
  isRepeated,
  readAccount,
  readAccountByEmail,
  withMark,
} from './account.ts';
import type { AccountContext } from './context.ts';
import { generatedPasswordTime, generatePassword } from './generated-password.ts';
import { type AccountEvent, type Actor, accountHistory, versionBefore } from './history.ts';
import { hashPassword } from './password-hash.ts';
import { foldUserName, isAllowedUserName } from './user-name.ts';

export type Profile = Pick<AccountRow, 'email' | 'fname' | 'lname' | 'storageQuota' | 'quotaGroup'>;

export interface NewAccount extends Profile {
  userName: string;
  /** Generated when absent. */
  password?: string | undefined;
  changePassword: boolean;
  blockLogin: boolean;
  blockLoginReason?: string | undefined;
  permissions?: readonly string[];
  /** Mark of the request: a creation with the same mark has the same outcome. */
  mark?: string | undefined;
}

/** A generated password is in the outcome alone. */
export type Creation =
  | { kind: 'created'; account: AccountRow; generatedPassword?: string }
  | { kind: 'not-allowed' | 'exists' | 'email-in-use' };

/** Creates an account. Callers at the same time create it once. */
export async function createAccount(context: AccountContext, wanted: NewAccount, actor: Actor): Promise<Creation> {
  const { db, clock, tables } = context;
  const { userName, password, mark, ...profile } = wanted;
  if (!isAllowedUserName(userName)) return { kind: 'not-allowed' };
  const account = foldUserName(userName);
  const generated = password === undefined ? generatePassword() : undefined;
  const passwordHash = await hashPassword(password ?? generated ?? '');
  return untilCommitted<Creation>('Account', async () => {
    const existing = await readAccount(db, tables.accounts, account);
    if (existing) return isRepeated(existing, mark) ? { kind: 'created', account: existing } : { kind: 'exists' };
    const holder = wanted.email ? await readAccountByEmail(db, tables.accounts, wanted.email) : undefined;
    // Created since the account was read.
    if (holder?.account === account) return tryAgain;
    if (holder) return { kind: 'email-in-use' };
    const version = await versionBefore(context, account);
    const now = clock.now();
    const row: AccountRow = {
      permissions: [],
      ...profile,
      ...withMark({}, mark),
      account,
      userName: userName.normalize('NFKC'),
      passwordHash,
      passwordGenerated: generated !== undefined,
      changePassword: wanted.changePassword || generated !== undefined,
      ...(generated !== undefined && { passwordExpiresAt: now + generatedPasswordTime }),
      generation: randomUUID(),
      createdAt: now,
      version: version + 1,
    };
    const history = accountHistory(context, { account, version }, { event: 'created' }, actor);
    const outcome = await transact(db, clock, [...accountCreation(tables.accounts, row), ...history]);
    if (outcome === 'refused') return tryAgain;
    return { kind: 'created', account: row, ...(generated !== undefined && { generatedPassword: generated }) };
  });
}

/** A change of an account, decided by its row as it was read. */
export interface AccountChange extends AccountEvent {
  changes: Partial<AccountRow>;
  /** Further writes of the same transaction. When they are refused the plan is asked again. */
  writes?: readonly Write[];
}

export type Planned<Refusal> = AccountChange | { refusal: Refusal };

/**
 * Changes an account together with its history.
 *
 * @param plan decides by the account as it is; may be asked again when somebody else changed it meanwhile
 * @returns the account as it is then; the plan's refusal; undefined when there is no account of this name
 */
export async function changeAccount<Refusal>(
  context: AccountContext,
  userName: string,
  actor: Actor,
  plan: (account: AccountRow) => Planned<Refusal> | Promise<Planned<Refusal>>,
): Promise<{ account: AccountRow } | { refusal: Refusal } | undefined> {
  const { db, clock, tables } = context;
  return untilCommitted('Account', async () => {
    const account = await readAccount(db, tables.accounts, userName);
    if (!account) return undefined;
    const planned = await plan(account);
    if ('refusal' in planned) return planned;
    const { changes, writes: further = [], ...event } = planned;
    const writes = [
      ...accountUpdate(tables.accounts, account, changes),
      ...accountHistory(context, account, event, actor),
      ...further,
    ];
    if ((await transact(db, clock, writes)) === 'refused') return tryAgain;
    return { account: { ...account, ...changes, version: account.version + 1 } };
  });
}

/** Text of the refusal to delete the account of an access. */
export const ofAnAccess = 'The account belongs to an access of Statistics Denmark, and goes with it: block it instead';

/**
 * @returns whether there was an account of this name
 * @throws PermanentError when it is the account of an access, which only a message of the portal ends
 */
export async function deleteAccount(context: AccountContext, userName: string, actor: Actor): Promise<boolean> {
  const { db, clock, tables } = context;
  return untilCommitted('Account', async () => {
    const account = await readAccount(db, tables.accounts, userName);
    if (!account) return false;
    if (account.accessIdentifier !== undefined) throw new PermanentError(ofAnAccess);
    const writes = [
      ...accountRemoval(tables.accounts, account),
      ...accountHistory(context, account, { event: 'deleted' }, actor),
    ];
    return (await transact(db, clock, writes)) === 'committed' ? true : tryAgain;
  });
}
