import { PermanentError } from '../../../shared/platform/errors.ts';
import { readUser, type UserRow } from '../../../shared/users/user.ts';
import { printable } from '../../terminal/render.ts';
import type { OperatedGateway } from '../target/gateway.ts';
import { findId } from './find-id.ts';

/**
 * Finds an access by its id or the beginning of its id.
 *
 * @throws PermanentError when there is none, or more than one
 */
export async function findUser(gateway: OperatedGateway, text: string): Promise<UserRow> {
  const { db, tables } = gateway;
  const ids = { what: 'access', table: tables.users, key: 'accessIdentifier' };
  const user =
    (await readUser({ db, tables }, text)) ?? (await readUser({ db, tables }, await findId(gateway, ids, text)));
  if (!user) throw new PermanentError(`There is no access ${printable(text)}`);
  return user;
}
