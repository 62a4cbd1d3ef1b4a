import type { AccountRow } from '../../accounts/account.ts';
import type { Actor } from '../../accounts/history.ts';
import { accountIdOf } from '../../accounts/membership.ts';
import { getItem } from '../../platform/dynamodb.ts';
import { transact, tryAgain, untilCommitted } from '../../platform/transaction.ts';
import type { ProcessContext } from '../context.ts';
import { listKeys, listWrites } from '../create.ts';
import { eventWrites, projectEvent } from '../history.ts';
import { itemsIn } from '../items.ts';
import { projectKey } from '../keys.ts';
import { ownerWrites } from '../owners.ts';
import type { ProcessProjectRow } from '../rows.ts';
import { projectUpdate } from '../update-project.ts';

/** The part of the context of processes that adoption needs. */
export type AdoptionContext = Pick<ProcessContext, 'db' | 'clock' | 'tables'>;

/**
 * Makes the drafts of a visitor's session projects of an account. A draft changes its owner in one transaction, whatever is in
 * it, so it is adopted once, whoever else tries, and nothing of it is written anew. A draft that has expired is left to expire.
 *
 * @param session id of the session
 * @returns ids of the adopted projects
 */
export async function adoptDrafts(
  context: AdoptionContext,
  account: AccountRow,
  session: string,
  actor: Actor,
): Promise<string[]> {
  const adopted: string[] = [];
  for await (const { projectID } of itemsIn<{ projectID: string }>(context, `session#${session}`, '')) {
    if (await adopt(context, account, session, projectID, actor)) adopted.push(projectID);
  }
  return adopted;
}

const adopt = (
  context: AdoptionContext,
  account: AccountRow,
  session: string,
  projectID: string,
  actor: Actor,
): Promise<boolean> =>
  untilCommitted('Draft', async () => {
    const { db, clock, tables } = context;
    const draft = await getItem<ProcessProjectRow>(db, tables.processes, { ...projectKey(projectID) });
    if (draft?.state !== 'active') return false;
    if (draft.owner.kind !== 'session' || draft.owner.id !== session) return false;
    if (draft.expiresAt !== undefined && draft.expiresAt <= clock.now()) return false;
    const owner = { kind: 'account', id: accountIdOf(account), account: account.account } as const;
    const { expiresAt: _, ...kept } = draft;
    const project: ProcessProjectRow = { ...kept, owner };
    const outcome = await transact(db, clock, [
      projectUpdate(context, draft, { owner, expiresAt: undefined, version: draft.version + 1 }),
      ...listKeys(draft).map((Key) => ({ Delete: { TableName: tables.processes, Key } })),
      ...listWrites(context, project),
      ...ownerWrites(tables, owner),
      ...eventWrites(context, [projectEvent(project, { event: 'adopted' }, { actor })]),
    ]);
    return outcome === 'committed' ? true : tryAgain;
  });
