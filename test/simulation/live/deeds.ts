import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { type AccountRow, endOfTokens } from '../../../shared/accounts/account.ts';
import { changeAccount } from '../../../shared/accounts/manage-accounts.ts';
import { endSession, type SessionRow } from '../../../shared/accounts/session.ts';
import { type HistoryEvent, historyWrites, nextSequence } from '../../../shared/history/history.ts';
import type { LiveContext } from '../../../shared/live/context.ts';
import { recordIncident } from '../../../shared/operations/incidents.ts';
import { scan } from '../../../shared/platform/dynamodb.ts';
import { transact, type Write } from '../../../shared/platform/transaction.ts';
import { accessDisabling, accessEnabling } from '../../../shared/users/access-account.ts';
import { readUser, type UserRow, userUpdate } from '../../../shared/users/user.ts';
import type { SimulatedDynamoDb } from '../dynamodb.ts';
import type { Random } from '../random.ts';
import { tables } from '../simulated-services.ts';
import { beginning } from '../time.ts';

/** Something that changes what clients are told of, or who they are. */
export type Deed = (context: LiveContext) => Promise<unknown>;

const actor = { by: 'an admin', address: '192.0.2.1' };

/** Accounts and the projects that their accesses are for. */
const people: readonly { account: string; projectNo?: string; permissions: readonly string[] }[] = [
  { account: 'operator', permissions: ['operator'] },
  { account: 'admin', permissions: ['admin'] },
  { account: 'anna', projectNo: 'p', permissions: [] },
  { account: 'bo', projectNo: 'p', permissions: [] },
  { account: 'carl', projectNo: 'q', permissions: [] },
];

export const accountNames = people.map(({ account }) => account);

/** Puts the accounts and accesses into their tables. */
export function createPeople(dynamodb: SimulatedDynamoDb): void {
  for (const { account, projectNo, permissions } of people) {
    const accessIdentifier = projectNo === undefined ? undefined : `of-${account}`;
    const common = { createdAt: beginning - 1_000, version: 0 };
    const row: AccountRow = {
      ...{ account, userName: account, permissions, generation: `${account} 1`, ...common },
      ...{ passwordGenerated: false, changePassword: false, blockLogin: false },
      ...(accessIdentifier && { accessIdentifier, accessDisabled: false }),
    };
    dynamodb.execute(new PutCommand({ TableName: tables.accounts, Item: row }));
    if (accessIdentifier === undefined || projectNo === undefined) continue;
    const user: UserRow = {
      ...{ accessIdentifier, projectNo, loginName: account, enabled: true, ...common },
      ...{ passwordHash: '', passwordMessageId: 'm', passwordTaken: true },
    };
    dynamodb.execute(new PutCommand({ TableName: tables.users, Item: user }));
  }
}

/** Draws something that happens to a project, a file, a message or an incident. */
export function drawEvent(random: Random): Deed {
  const projectNo = random.pick(['p', 'p', 'q']);
  const subject = random.pick([`project#${projectNo}`, `file#of-${projectNo}`, `file#of-${projectNo}`, 'message#m']);
  if (random.chance(0.1)) return raiseIncident;
  return (context) => happen(context, { subject, event: 'retried', projectNo });
}

/** Draws a change of what an account may see, or of its tokens. */
export function drawRevocation(random: Random): Deed {
  const { account, projectNo } = random.pick(people);
  if (projectNo !== undefined && random.chance(0.6)) return toggleAccess(account);
  return random.pick([toggleBlock, toggleOperator, signOut])(account);
}

/** Whoever finds somebody else at the same subject gives up. */
async function happen(
  context: LiveContext,
  event: Omit<HistoryEvent, 'sequence'>,
  writes: readonly Write[] = [],
): Promise<void> {
  const { db, clock } = context;
  const sequence = await nextSequence(db, tables.history, event.subject);
  await transact(db, clock, [...writes, ...historyWrites(tables, [{ ...event, sequence }], { at: clock.now() })]);
}

const raiseIncident: Deed = (context) =>
  recordIncident(context, { kind: 'mismatch', subject: 'm', expected: 'one', found: 'another' });

/** As messages of the portal do it. */
const toggleAccess =
  (account: string): Deed =>
  async (context) => {
    const user = await readUser(context, `of-${account}`);
    if (!user) return;
    const enabled = !user.enabled;
    await happen(
      context,
      {
        ...{ subject: `access#${user.accessIdentifier}`, projectNo: user.projectNo },
        event: enabled ? 'enabled' : 'disabled',
      },
      [userUpdate(context, user, { enabled }), (enabled ? accessEnabling : accessDisabling)(context, user)],
    );
  };

const toggleBlock =
  (account: string): Deed =>
  (context) =>
    changeAccount(context, account, actor, ({ blockLogin }) =>
      blockLogin
        ? { changes: { blockLogin: false }, event: 'unblocked' }
        : { changes: { blockLogin: true, ...endOfTokens() }, event: 'blocked' },
    );

const toggleOperator =
  (account: string): Deed =>
  (context) =>
    changeAccount(context, account, actor, ({ permissions }) =>
      permissions.includes('operator')
        ? { changes: { permissions: permissions.filter((name) => name !== 'operator') }, event: 'permission removed' }
        : { changes: { permissions: [...permissions, 'operator'] }, event: 'permission added' },
    );

/** Ends the sessions of an account, one after the other. */
const signOut =
  (account: string): Deed =>
  async (context) => {
    for await (const session of scan<SessionRow>(context.db, tables.sessions)) {
      if (session.account === account) await endSession(context, session, { event: 'signed out' }, actor);
    }
  };
