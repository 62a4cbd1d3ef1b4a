import { historyWrites } from '../history/history.ts';
import type { MessageContext } from '../messages/context.ts';
import { readMessage } from '../messages/read.ts';
import { accessSubject } from '../messages/subject.ts';
import { PermanentError } from '../platform/errors.ts';
import { transact, tryAgain, untilCommitted } from '../platform/transaction.ts';
import type { OneTimePasswords } from './one-time-passwords.ts';
import { readUser, userUpdate } from './user.ts';

export interface Taking extends Pick<MessageContext, 'db' | 'clock' | 'log' | 'tables'> {
  credentials: Pick<OneTimePasswords, 'again'>;
}

export interface TakenPassword {
  loginName: string;
  oneTimePassword: string;
}

/**
 * Gives the current one-time password of an access to the system that creates its account. Each request is recorded in the
 * history before the password is returned. A repeated request is answered and recorded again, because an answer can be lost:
 * the history shows and counts all requests.
 *
 * @throws PermanentError if the access does not exist or is disabled, or the message of its password is no longer kept
 * @throws TransientError if the access changed at each attempt
 */
export async function takeOneTimePassword(taking: Taking, accessIdentifier: string): Promise<TakenPassword> {
  const { db, clock, log, tables, credentials } = taking;
  return untilCommitted(`Access ${accessIdentifier}`, async () => {
    const user = await readUser(taking, accessIdentifier);
    if (!user) throw new PermanentError(`There is no access ${accessIdentifier}`);
    if (!user.enabled) throw new PermanentError(`Access ${accessIdentifier} is disabled: it gets no password`);
    const { projectNo, loginName, passwordMessageId, version } = user;
    const record = await readMessage(taking, passwordMessageId);
    if (!record)
      throw new PermanentError(`Message ${passwordMessageId} is no longer kept: request a reset of the password`);
    const oneTimePassword = await credentials.again({ record, data: { accessIdentifier } });
    const subject = accessSubject(accessIdentifier);
    const outcome = await transact(db, clock, [
      userUpdate(taking, user, { passwordTaken: true }),
      ...historyWrites(tables, [{ subject, sequence: version + 1, event: 'password taken', projectNo }], {
        at: clock.now(),
      }),
    ]);
    if (outcome === 'refused') return tryAgain;
    log.info('password taken', { accessIdentifier });
    return { loginName, oneTimePassword };
  });
}
