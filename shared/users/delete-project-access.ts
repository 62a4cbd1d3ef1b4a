import { wasGivenUp } from '../history/history.ts';
import {
  done,
  goOnAnew,
  type HandlerContext,
  type MessageHandler,
  type MessagePlan,
  missing,
} from '../messages/handle/handler.ts';
import { accessSubject } from '../messages/subject.ts';
import { supersedeWithEffect } from '../messages/supersede.ts';
import { readAccessAccount } from './access-account.ts';
import { userRemoval } from './remove-user.ts';
import { deleting, type RevokedWork, removeWorkspaces } from './revoked-work.ts';
import { readUser } from './user.ts';

/**
 * DeleteProjectAccess: removes the access from the users and from its project's members, supersedes older messages about it,
 * stops the jobs of its person, and removes the person's workspaces.
 */
export function deleteProjectAccess(work: RevokedWork): MessageHandler<'DeleteProjectAccess'> {
  return {
    type: 'DeleteProjectAccess',
    async plan(handling: HandlerContext<'DeleteProjectAccess'>): Promise<MessagePlan> {
      const { context, older } = handling;
      const { accessIdentifier } = handling.data;
      const subject = accessSubject(accessIdentifier);
      // Read before the access: a message that takes effect concurrently is either superseded, or its effect is read.
      const superseding = await supersedeWithEffect(
        handling,
        older.filter((entry) => entry.subject === subject),
      );
      if (!superseding) return goOnAnew(context);
      const user = await readUser(context, accessIdentifier);
      // Nothing to delete except a held creation, which is superseded.
      if (!user && superseding.length > 0) return done(superseding, []);
      if (!user) {
        const isGivenUp = await wasGivenUp(context.db, context.tables.history, subject);
        return isGivenUp ? done([], []) : missing(`access ${accessIdentifier}`, subject);
      }
      const { projectNo, version } = user;
      const account = await readAccessAccount(context, user);
      return {
        kind: 'commit',
        ...deleting(user),
        writes: [...userRemoval(context, user, account), ...superseding],
        history: [{ subject, sequence: version + 1, event: 'deleted', projectNo }],
      };
    },
    finish: (handling) => removeWorkspaces(work, handling),
  };
}
