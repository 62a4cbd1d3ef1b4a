import type { AccountRow } from '../../accounts/account.ts';
import type { Identity } from '../../live/connection.ts';
import { logOf } from '../../live/events/audience.ts';
import { getItem } from '../../platform/dynamodb.ts';
import { describeError } from '../../platform/errors.ts';
import type { Log } from '../../platform/logger.ts';
import { type AdoptionContext, adoptDrafts } from './adopt.ts';
import { endOfSession, sessionIn } from './session.ts';

type Context = AdoptionContext & { log: Log };

interface Origin {
  headers: Readonly<Record<string, string | undefined>>;
  address: string;
  requestId: string;
}

/**
 * Adopts the drafts of a visitor who signs in. A fault does not keep anybody from signing in: the browser keeps its session, and
 * the drafts are adopted another time.
 *
 * @returns the cookies of the answer
 */
export const saveProjectsAtSignIn =
  (context: Context) =>
  async (account: AccountRow, { headers, address, requestId }: Origin): Promise<readonly string[]> => {
    const session = sessionIn(headers);
    if (session === undefined) return [];
    try {
      await adoptDrafts(context, account, session, { by: account.account, address, requestId });
      return [endOfSession(headers.host)];
    } catch (error) {
      context.log.error('drafts not adopted', { requestId, error: describeError(error) });
      return [];
    }
  };

/** Adopts the drafts of a visitor whose connection to the WebSocket API has got an owner, or ends. A fault ends no connection. */
export const saveProjectsViaWebsocket =
  (context: Context) =>
  async (identity: Identity, session: string): Promise<void> => {
    const { account: owner, channel } = identity;
    if (!owner) return;
    try {
      const { db, tables } = context;
      const account = await getItem<AccountRow>(db, tables.accounts, { account: owner.name });
      // An account of the same name that was made meanwhile is another one.
      if (account && logOf(account) === channel) await adoptDrafts(context, account, session, { by: owner.name });
    } catch (error) {
      context.log.error('drafts not adopted', { error: describeError(error) });
    }
  };
