import { hostname } from 'node:os';
import { blockReason, readAccount } from '../../../shared/accounts/account.ts';
import type { AccountContext } from '../../../shared/accounts/context.ts';
import { lacksFactor } from '../../../shared/accounts/factors/requirement.ts';
import { recordEvent } from '../../../shared/accounts/history.ts';
import { sessionIdOf } from '../../../shared/accounts/opaque-token.ts';
import { beginSession, endSession, refreshSession } from '../../../shared/accounts/session.ts';
import { isAllowedUserName } from '../../../shared/accounts/user-name.ts';
import type { TokenProvider } from '../../../shared/live/client/token-source.ts';
import { ConfigurationError, PermanentError, TransientError } from '../../../shared/platform/errors.ts';
import { printable } from '../../terminal/render.ts';
import type { Operation } from '../command.ts';
import { commandLine, placeholder } from '../command-line.ts';
import { operatorName } from '../decide/confirm.ts';
import type { OperatedGateway } from '../target/gateway.ts';

/** A session of an operator's account, for as long as a command runs. */
export interface OperatorSession {
  /** Gives a token of 15 minutes, another one each time. @throws PermanentError when somebody has ended the session */
  token: TokenProvider;
  end(): Promise<void>;
}

interface SessionContext extends Pick<Operation, 'where'> {
  gateway(): Promise<AccountContext & Pick<OperatedGateway, 'accessKey'>>;
}

/**
 * Begins a session of an account without its password: the operator's right to write the table of sessions replaces it. The
 * account's history has the operator's name.
 *
 * @throws PermanentError when the account may not see what operators see
 */
export async function beginOperatorSession(
  { gateway: open, where }: SessionContext,
  userName: string,
): Promise<OperatorSession> {
  const gateway = await open();
  const account = await readAccount(gateway.db, gateway.tables.accounts, userName);
  const remedy = (name: string, ...command: string[]) =>
    commandLine(where, [...command, '--reason', placeholder], name);
  if (!account) {
    const name = isAllowedUserName(userName) ? userName : 'operator';
    const create = remedy(name, 'accounts', 'create', '--permission', 'operator');
    throw new PermanentError(`There is no account ${printable(userName)}. Name another with --account, or: ${create}`);
  }
  if (!account.permissions.includes('operator')) {
    const add = remedy(userName, 'accounts', 'permissions', '--add', 'operator');
    throw refused(userName, `does not have the permission operator: ${add}`);
  }
  if (blockReason(account) !== undefined) throw refused(userName, 'is blocked');
  if (await lacksFactor(gateway, account)) throw refused(userName, 'must add a second factor first');
  const actor = { by: await operatorName(gateway) };
  const read = () => readAccount(gateway.db, gateway.tables.accounts, userName);
  await recordEvent(gateway, read, { event: 'signed in' }, actor);
  const client = { address: hostname(), userAgent: 'operator follow' };
  let tokens = await beginSession(gateway, account, { restricted: false, refreshable: true, ...client });
  let isNew = true;
  return {
    async token() {
      if (!isNew) {
        const next = await refreshSession(await reopen(open), tokens.refreshToken ?? '', client);
        if (!next) throw refused(userName, 'was signed out');
        tokens = next;
      }
      isNew = false;
      return { token: tokens.token, expiresAt: tokens.expiresAt };
    },
    async end() {
      const session = { sessionId: sessionIdOf(tokens.token) ?? '', account: account.account };
      await endSession(await open(), session, { event: 'signed out' }, actor);
    },
  };
}

const refused = (userName: string, why: string) => new PermanentError(`Account ${printable(userName)} ${why}`);

/** Opens a gateway that was there before. @throws TransientError while it is being started */
export async function reopen<Gateway>(open: () => Promise<Gateway>): Promise<Gateway> {
  try {
    return await open();
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw new TransientError(cause.message, { cause });
    throw cause;
  }
}
