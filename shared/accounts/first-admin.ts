import { timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { scan } from '../platform/dynamodb.ts';
import { ConfigurationError } from '../platform/errors.ts';
import type { AccountRow } from './account.ts';
import type { AccountContext, FirstAdmin } from './context.ts';
import type { Actor } from './history.ts';
import { createAccount } from './manage-accounts.ts';
import { foldUserName } from './user-name.ts';

const schema = z.object({ username: z.string().min(1), password: z.string().min(15) });

/**
 * Reads the first admin from a secret of the form `{"username": "administrator", "password": "…"}`.
 *
 * @param text of the secret
 * @throws ConfigurationError when it has another form
 */
export function parseFirstAdmin(text: string): FirstAdmin {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    // The cause is left out: it could quote the secret.
    throw new ConfigurationError(
      'The secret of the first admin must be JSON: {"username": name, "password": 15 characters or more}',
    );
  }
}

/**
 * Creates the account of the first admin when somebody signs in with its name and password while no account has the permission
 * `admin`. The password must be changed at once.
 */
export async function createFirstAdmin(
  context: AccountContext,
  { userName, password }: { userName: string; password: string },
  actor: Actor,
): Promise<void> {
  const first = await context.firstAdmin?.();
  if (!first || foldUserName(first.username) !== foldUserName(userName)) return;
  if (!isSame(first.password, password) || (await hasAdmin(context))) return;
  const account = { userName, password, changePassword: true, blockLogin: false, permissions: ['admin'] };
  await createAccount(context, account, actor);
}

async function hasAdmin({ db, tables }: AccountContext): Promise<boolean> {
  for await (const { permissions } of scan<Partial<AccountRow>>(db, tables.accounts))
    if (permissions?.includes('admin')) return true;
  return false;
}

function isSame(one: string, other: string): boolean {
  const [bytes, others] = [Buffer.from(one), Buffer.from(other)];
  return bytes.length === others.length && timingSafeEqual(bytes, others);
}
