import { randomInt } from 'node:crypto';
import { getItem, updateExpression } from '../platform/dynamodb.ts';
import { transact, tryAgain, untilCommitted } from '../platform/transaction.ts';
import type { AccountRow } from './account.ts';
import type { AccountContext } from './context.ts';

/** No user name has a `#`. The item stays when the account is deleted: no other account ever gets the uid. */
const keyOf = (uid: number): string => `uid#${uid}`;

/**
 * The integer id of an account in signed tokens, given when it is first asked for.
 *
 * @param draw a random number from 0 to 2,147,483,647
 * @returns nothing when the account is deleted by now
 */
export async function uidOf(
  { db, clock, tables }: AccountContext,
  { account, createdAt, uid: known }: AccountRow,
  draw = () => randomInt(2 ** 31),
): Promise<number | undefined> {
  if (known !== undefined) return known;
  return untilCommitted('Account', async () => {
    const uid = draw();
    const outcome = await transact(db, clock, [
      {
        Update: {
          TableName: tables.accounts,
          Key: { account },
          ConditionExpression: 'createdAt = :createdAt AND attribute_not_exists(uid)',
          ...updateExpression({ uid }, { ':createdAt': createdAt }),
        },
      },
      {
        Put: {
          TableName: tables.accounts,
          Item: { account: keyOf(uid) },
          ConditionExpression: 'attribute_not_exists(account)',
        },
      },
    ]);
    if (outcome === 'committed') return uid;
    const row = await getItem<AccountRow>(db, tables.accounts, { account });
    if (row?.createdAt !== createdAt) return undefined;
    return row.uid ?? tryAgain;
  });
}
