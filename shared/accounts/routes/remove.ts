import * as z from 'zod';
import type { Caller } from '../../api/access.ts';
import { answer, Refusal } from '../../api/answer.ts';
import { ruleBroken } from '../../api/validation-error.ts';
import { forEachConcurrently } from '../../platform/concurrency.ts';
import { readAccount } from '../account.ts';
import { isSelf } from '../caller.ts';
import { deleteAccount } from '../manage-accounts.ts';
import { foldUserName } from '../user-name.ts';
import { type AccountsContext, actorOf } from './context.ts';

/** Most accounts that one request deletes: they fit into the time of a function. */
const maxNames = 500;
const concurrency = 8;

interface RemoveRequest {
  caller: Caller;
  address: string;
  requestId: string;
}

/**
 * Deletes an account.
 *
 * @returns whether there was one of this name
 * @throws Refusal for an account that nobody may delete
 */
export async function remove(context: AccountsContext, request: RemoveRequest, username: string): Promise<boolean> {
  await checkDeletable(context, request, username);
  return deleteAccount(context, username, actorOf(request));
}

export const namesBody = z
  .object({
    usersToDelete: z.array(
      z.unknown().refine((name): name is string => typeof name === 'string', "is not of type 'string'"),
    ),
  })
  .meta({ examples: [{ usersToDelete: ['bob'] }] });

/** Deletes accounts, each by itself, after all have been checked. */
export async function removeMany(
  context: AccountsContext,
  request: RemoveRequest & { body: z.infer<typeof namesBody> },
): Promise<{ deletedUsers: string[]; doNotExist: string[] }> {
  const names = [
    ...new Map(request.body.usersToDelete.toReversed().map((name) => [foldUserName(name), name])).values(),
  ];
  if (names.length > maxNames) throw ruleBroken(namesBody, `usersToDelete must have at most ${maxNames} names`);
  await forEachConcurrently(names, concurrency, (name) => checkDeletable(context, request, name));
  const deleted = new Set<string>();
  await forEachConcurrently(names, concurrency, async (name) => {
    if (await deleteAccount(context, name, actorOf(request))) deleted.add(name);
  });
  const inOrder = names.toReversed();
  return {
    deletedUsers: inOrder.filter((name) => deleted.has(name)),
    doNotExist: inOrder.filter((name) => !deleted.has(name)),
  };
}

/** The last admin cannot vanish, and an access ends by Statistics Denmark's message alone. */
async function checkDeletable(
  { db, tables }: AccountsContext,
  { caller }: RemoveRequest,
  username: string,
): Promise<void> {
  if (isSelf(caller, username)) {
    throw new Refusal(answer(409, { error: 'Nobody can delete the own account' }));
  }
  const account = await readAccount(db, tables.accounts, username);
  if (account?.accessIdentifier !== undefined) {
    const error = `User ${username} has an access from Statistics Denmark. Block the account instead`;
    throw new Refusal(answer(409, { error }));
  }
}

export const deletionConflict = {
  description: 'The own account, or the account of an access from Statistics Denmark',
  body: z.object({ error: z.string() }).meta({ examples: [{ error: 'Nobody can delete the own account' }] }),
};
