import { type HistoryEvent, newestFirst } from '../history/history.ts';
import {
  done,
  goOnAnew,
  type HandlerContext,
  isNew,
  type MessageHandler,
  type MessagePlan,
  mismatch,
  missing,
} from '../messages/handle/handler.ts';
import { accessSubject } from '../messages/subject.ts';
import { supersedeWithEffect } from '../messages/supersede.ts';
import { accessDisabling, accessEnabling } from './access-account.ts';
import { disabling, type RevokedWork, stopJobs } from './revoked-work.ts';
import { readUser, type UserRow, userUpdate } from './user.ts';
import { isMadeAnew, waitsForCreation } from './waits-for-creation.ts';

/** EnableProjectAccess: enables a disabled access. */
export function enableProjectAccess(): MessageHandler<'EnableProjectAccess'> {
  return {
    type: 'EnableProjectAccess',
    async plan({ context, data: { accessIdentifier } }: HandlerContext<'EnableProjectAccess'>): Promise<MessagePlan> {
      const user = await readUser(context, accessIdentifier);
      if (!user) return missing(`access ${accessIdentifier}`, accessSubject(accessIdentifier));
      if (user.enabled) return mismatch(`access ${accessIdentifier} disabled`, 'it is enabled');
      const history = {
        subject: accessSubject(accessIdentifier),
        sequence: user.version + 1,
        projectNo: user.projectNo,
      };
      const writes = [userUpdate(context, user, { enabled: true }), accessEnabling(context, user)];
      return done(writes, [{ ...history, event: 'enabled' }]);
    },
  };
}

/**
 * DisableProjectAccess: disables an access until it is enabled again, stops the jobs of its person, and supersedes older messages
 * that would still enable it.
 */
export function disableProjectAccess(work: Pick<RevokedWork, 'stopJobs'>): MessageHandler<'DisableProjectAccess'> {
  return {
    type: 'DisableProjectAccess',
    async plan(handling: HandlerContext<'DisableProjectAccess'>): Promise<MessagePlan> {
      const { context, record, older } = handling;
      // The access was disabled, and is awaited anew.
      if (record.revokedUser !== undefined) return stopJobs(work, handling, 'open');
      const { accessIdentifier } = handling.data;
      const subject = accessSubject(accessIdentifier);
      const enablings = older.filter((entry) => entry.type === 'EnableProjectAccess' && entry.subject === subject);
      // Read before the access: a message that takes effect concurrently is either superseded, or its effect is read.
      const superseding = await supersedeWithEffect(handling, enablings);
      if (!superseding) return goOnAnew(context);
      const user = await readUser(context, accessIdentifier);
      // An access that is deleted and created anew has to be disabled, too.
      const wait = !user || (await isMadeAnew(handling, user)) ? waitsForCreation(handling) : undefined;
      const state = wait ? 'open' : undefined;
      const isDisabled = !isNew(record) && (await hasDisabled(handling, subject));
      if (user?.enabled && !isDisabled) {
        return {
          kind: 'commit',
          ...disabling(user, state),
          writes: [...superseding, userUpdate(context, user, { enabled: false }), accessDisabling(context, user)],
          history: [disabled(user)],
        };
      }
      // The access is disabled already, and the held enabling is superseded.
      if (user && superseding.length > 0) {
        return { kind: 'commit', state: state ?? 'done', writes: superseding, history: [] };
      }
      if (wait) return wait;
      if (isDisabled) return done([], []);
      return user
        ? mismatch(`access ${accessIdentifier} enabled`, 'it is disabled')
        : missing(`access ${accessIdentifier}`, subject);
    },
    continueApplying: (handling) => stopJobs(work, handling, 'done'),
  };
}

/** Whether the message has disabled the access since its creation: a later message may have enabled it again. */
async function hasDisabled(
  { context, record }: HandlerContext<'DisableProjectAccess'>,
  subject: string,
): Promise<boolean> {
  for await (const { event, messageId } of newestFirst(context.db, context.tables.history, subject)) {
    if (event === 'disabled' && messageId === record.messageId) return true;
    if (event === 'created') return false;
  }
  return false;
}

const disabled = ({ accessIdentifier, version, projectNo }: UserRow): HistoryEvent => ({
  subject: accessSubject(accessIdentifier),
  sequence: version + 1,
  event: 'disabled',
  projectNo,
});
