import { accountIdOf, isMember, organizationIdOf } from '../accounts/membership.ts';
import type { OrganizationRow } from '../accounts/organization.ts';
import { getItem } from '../platform/dynamodb.ts';
import type { ProcessContext } from './context.ts';
import { refusals } from './errors.ts';
import type { Party } from './machine/transitions.ts';
import type { Contractor, ProcessProjectRow } from './rows.ts';
import { isAdmin, type Viewer } from './viewer.ts';

/** Parties that a viewer acts for. Nobody acts for the automatic steps. */
export type Parties = ReadonlySet<Party>;

/** Parties that a viewer acts for in all processes of a project. */
export function partiesIn(viewer: Viewer, { owner }: ProcessProjectRow): Parties {
  const parties = new Set<Party>();
  if (viewer.isSystem) parties.add('system');
  if (isAdmin(viewer)) parties.add('client').add('contractor');
  if (owns(viewer, owner)) parties.add('client');
  return parties;
}

function owns({ account, session, projectNo }: Viewer, owner: ProcessProjectRow['owner']): boolean {
  switch (owner.kind) {
    case 'account':
      return account !== undefined && accountIdOf(account) === owner.id;
    case 'session':
      return session === owner.id;
    case 'dst':
      return projectNo === owner.projectNo;
  }
}

/** Whether a viewer belongs to the organization that a process was sent to, as its row says now. */
export async function isOfContractor(
  { db, tables }: ProcessContext,
  { account }: Viewer,
  contractor: Contractor,
): Promise<boolean> {
  if (!account) return false;
  const row = await getItem<OrganizationRow>(db, tables.accounts, { account: contractor.organization });
  return row !== undefined && organizationIdOf(row) === contractor.id && isMember(row, account);
}

/** @throws Refusal with 403 when the viewer acts for none of these parties */
export function requireParty(parties: Parties, ...allowed: readonly Party[]): void {
  if (!allowed.some((party) => parties.has(party))) throw refusals.notAllowed();
}
