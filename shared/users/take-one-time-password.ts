import { historyWrites } from '../history/history.ts';
import type { MessageContext } from '../messages/context.ts';
import { readMessage } from '../messages/dispatch.ts';
import { accessSubject } from '../messages/subject.ts';
import { PermanentError, TransientError } from '../platform/errors.ts';
import { transact } from '../platform/transaction.ts';
import type { Credentials } from './credentials.ts';
import { readUser, userUpdate } from './user.ts';

export interface Taking extends Pick<MessageContext, 'db' | 'clock' | 'log' | 'tables'> {
  credentials: Pick<Credentials, 'again'>;
}

export interface TakenPassword {
  loginName: string;
  oneTimePassword: string;
}

const tries = 5;

/**
 * Gives the present one-time password of an access to who makes its account. That it was taken is recorded before it is given
 * away. Who asks again is answered again, for an answer can be lost, and it is recorded again: takings are to be seen, and
 * counted, in the history.
 *
 * @throws PermanentError when there is no such access, it is disabled, or the message that its password is of is too old to be kept
 * @throws TransientError when the access changed at each try
 */
export async function takeOneTimePassword(taking: Taking, accessIdentifier: string): Promise<TakenPassword> {
  const { db, clock, log, tables, credentials } = taking;
  for (let tried = 0; tried < tries; tried++) {
    const user = await readUser(taking, accessIdentifier);
    if (!user) throw new PermanentError(`There is no access ${accessIdentifier}`);
    if (!user.enabled) throw new PermanentError(`Access ${accessIdentifier} is disabled: it gets no password`);
    const { projectNo, loginName, passwordMessageId, version } = user;
    const record = await readMessage(taking, passwordMessageId);
    if (!record) throw new PermanentError(`Message ${passwordMessageId} is not kept any more: have the password reset`);
    const oneTimePassword = await credentials.again({ record, data: { accessIdentifier } });
    const subject = accessSubject(accessIdentifier);
    const outcome = await transact(db, clock, [
      userUpdate(taking, user, { passwordTaken: true }),
      ...historyWrites(tables, [{ subject, sequence: version + 1, event: 'password taken', projectNo }], {
        at: clock.now(),
      }),
    ]);
    if (outcome === 'refused') continue;
    log.info('password taken', { accessIdentifier });
    return { loginName, oneTimePassword };
  }
  throw new TransientError(`Access ${accessIdentifier}: others kept changing it`);
}
