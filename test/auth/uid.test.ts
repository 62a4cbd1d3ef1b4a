import { describe, expect, it } from 'vitest';
import { readAccount } from '../../shared/accounts/account.ts';
import { changeAccount, createAccount, deleteAccount } from '../../shared/accounts/manage-accounts.ts';
import { uidOf } from '../../shared/accounts/uid.ts';
import { useWorlds } from '../support/setup.ts';
import type { World } from '../support/world.ts';

const createWorld = useWorlds();
const actor = { by: 'root' };

async function create({ context }: World, userName: string) {
  const wanted = { userName, password: 'canary lamp on the hill', changePassword: false, blockLogin: false };
  const created = await createAccount(context, wanted, actor);
  if (created.kind !== 'created') throw new Error(created.kind);
  return created.account;
}

describe('the uid of an account', () => {
  it('is given once, however many ask for it', async () => {
    const world = await createWorld();
    const account = await create(world, 'bob');
    const uids = await Promise.all(Array.from({ length: 20 }, () => uidOf(world.context, account)));
    const [uid] = uids;
    expect(new Set(uids).size).toBe(1);
    expect(await readAccount(world.context.db, world.tables.accounts, 'bob')).toMatchObject({ uid });
    expect(Number.isInteger(uid) && Number(uid) >= 0 && Number(uid) < 2 ** 31).toBe(true);
    expect((await world.rows.all('accounts')).filter((row) => String(row.account).startsWith('uid#'))).toHaveLength(1);
  });

  it('is never that of another account, also of one that is gone', async () => {
    const world = await createWorld();
    expect(await uidOf(world.context, await create(world, 'bob'), () => 7)).toBe(7);
    await deleteAccount(world.context, 'bob', actor);
    const draws = [7, 7, 8];
    expect(await uidOf(world.context, await create(world, 'bob'), () => draws.shift() ?? 9)).toBe(8);
  });

  it('is not given to an account that is gone, or to a later one of the same name', async () => {
    const world = await createWorld();
    const account = await create(world, 'bob');
    await deleteAccount(world.context, 'bob', actor);
    expect(await uidOf(world.context, account)).toBeUndefined();
    world.clock.advance(1);
    await create(world, 'bob');
    expect(await uidOf(world.context, account)).toBeUndefined();
  });

  it('stays when something else of the account changes meanwhile', async () => {
    const world = await createWorld();
    const account = await create(world, 'bob');
    const rename = changeAccount(world.context, 'bob', actor, () => ({ changes: { fname: 'Bob' }, event: 'changed' }));
    const [uid] = await Promise.all([uidOf(world.context, account), rename]);
    expect(await readAccount(world.context.db, world.tables.accounts, 'bob')).toMatchObject({ uid, fname: 'Bob' });
  });
});
