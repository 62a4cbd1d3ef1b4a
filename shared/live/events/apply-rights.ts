import { accountSubject } from '../../accounts/history.ts';
import { organizationIdOf } from '../../accounts/membership.ts';
import type { OrganizationRow } from '../../accounts/organization.ts';
import { forEachConcurrently } from '../../platform/concurrency.ts';
import { batchGet } from '../../platform/dynamodb.ts';
import { contractorAudience } from '../../processes/audience.ts';
import type { LiveContext } from '../context.ts';
import { logOf } from './audience.ts';
import { closeAll, concurrency, readConnections } from './ended-connections.ts';
import { forEachGroup } from './fan-out.ts';
import type { Topic } from './news.ts';
import { enrol, Rosters } from './roster.ts';

/**
 * Has events that change what accounts may see count from now on: closes the connections whose tokens they may have ended, and
 * adds their accounts to the rosters of the audiences that they have come to belong to. Pushes nothing.
 */
export async function applyRights(context: LiveContext, topics: readonly Topic[]): Promise<void> {
  await enrolMembers(
    context,
    new Set(topics.flatMap(({ subject }) => (/^organization#/.test(subject) ? [subject] : []))),
  );
  await forEachGroup(context, topics, { rosters: new Rosters(context) }, async (group) => {
    const connections = await readConnections(context, group);
    await forEachConcurrently(connections, concurrency, async ({ addressee, ended }) => {
      await closeAll(context, ended);
      const { log, rights } = addressee;
      if (!rights || rights.audiences.length === 0) return;
      const { account, accessIdentifier } = rights.account;
      const own = [accountSubject(account), `access#${accessIdentifier}`];
      const isOwn = addressee.topics.some(({ subject }) => own.includes(subject));
      if (isOwn) await enrol(context, account, log, rights.audiences);
    });
  });
}

/** Adds the members of organizations to the rosters of their processes. Whether one still is a member is asked at each push. */
async function enrolMembers(context: LiveContext, organizations: ReadonlySet<string>): Promise<void> {
  const { db, clock, tables } = context;
  const keys = [...organizations].map((account) => ({ account }));
  const rows = await batchGet<OrganizationRow>(db, clock, tables.accounts, keys);
  const members = rows.flatMap((row) => row.members.map((member) => ({ row, member })));
  await forEachConcurrently(members, concurrency, ({ row, member }) =>
    enrol(context, member.account, logOf(member), [contractorAudience(organizationIdOf(row))]),
  );
}
