import { nextSequences } from '../history/history.ts';
import { deletionSince } from '../messages/deleted-since.ts';
import type { HandlerContext, MessageHandler, MessagePlan } from '../messages/handle/handler.ts';
import { mismatch, missing, untilDeadline } from '../messages/handle/handler.ts';
import { accessSubject, projectSubject } from '../messages/subject.ts';
import { omitUndefined } from '../portal/json.ts';
import { readProject } from '../projects/project.ts';
import { accessAccountCreation, accessAccountSubject, readAccessAccount } from './access-account.ts';
import { loginNameOf } from './login-name.ts';
import type { OneTimePasswords } from './one-time-passwords.ts';
import { currentUser, waitsForLast } from './password-order.ts';
import { readUser, type UserRow, userMemberKey } from './user.ts';

/** CreateProjectAccess: creates a user of the project, and sends the portal its login name and one-time password. */
export function createProjectAccess(credentials: OneTimePasswords): MessageHandler<'CreateProjectAccess'> {
  return {
    type: 'CreateProjectAccess',

    async plan(handling: HandlerContext<'CreateProjectAccess'>): Promise<MessagePlan> {
      const { context, record } = handling;
      const { projectNo, accessIdentifier, portalId } = handling.data;
      const subject = accessSubject(accessIdentifier);
      const loginName = loginNameOf(accessIdentifier);
      const account = accessAccountSubject(loginName);
      const [project, holder, sequences] = await Promise.all([
        readProject(context, projectNo),
        // If an account has the name, the first commit is refused.
        handling.isRefused ? readAccessAccount(context, { loginName }) : undefined,
        nextSequences(context, [subject, account]),
      ]);
      const [sequence = 1, accountSequence = 1] = [subject, account].map((each) => sequences.get(each));
      if (!project) return missing(`project ${projectNo}`, projectSubject(projectNo));
      if (project.state !== 'active') return mismatch(`project ${projectNo}`, 'it is being deleted');
      // An access has a history; if that is lost, the first commit is refused.
      const existing = sequence > 1 || handling.isRefused ? await readUser(context, accessIdentifier) : undefined;
      if (existing) return mismatch(`no access ${accessIdentifier}`, `it exists, in project ${existing.projectNo}`);
      if (holder) {
        const { accessIdentifier: other, userName } = holder;
        const found = other === undefined ? `account ${userName} of the centre has it` : `access ${other} has it`;
        return { kind: 'mismatch', held: true, expected: `login name ${loginName} for this access alone`, found };
      }
      // The access belonged to another project when DST sent this message.
      const deletion = sequence > 1 ? await deletionSince(handling, subject) : undefined;
      if (deletion) {
        const found = `${deletion.type} ${deletion.messageId}, which came later, has deleted it`;
        return mismatch(`no access ${accessIdentifier} that is deleted afterwards`, found);
      }
      const wait = sequence > 1 ? await waitsForLast(context, subject) : undefined;
      if (wait) return wait;
      const { passwordHash, passwordKeyId } = await credentials.make(handling);
      const user: UserRow = {
        accessIdentifier,
        ...omitUndefined({ portalId }),
        projectNo,
        loginName,
        enabled: true,
        passwordHash,
        passwordMessageId: record.messageId,
        passwordTaken: false,
        createdAt: context.clock.now(),
        version: sequence,
      };
      return {
        kind: 'commit',
        state: 'applied',
        message: { passwordKeyId },
        writes: [
          {
            Put: {
              TableName: context.tables.users,
              Item: user,
              ConditionExpression: 'attribute_not_exists(accessIdentifier)',
            },
          },
          { Put: { TableName: context.tables.members, Item: userMemberKey(user) } },
          ...accessAccountCreation(context, user, accountSequence - 1),
        ],
        history: [{ subject, sequence, event: 'created', projectNo, details: { loginName: user.loginName } }],
      };
    },

    async deliverCredentials(handling) {
      if (!(await currentUser(handling))) return false;
      const { accessIdentifier, portalId } = handling.data;
      const access = {
        accessIdentifier: portalId ?? accessIdentifier,
        loginName: loginNameOf(accessIdentifier),
        oneTimePassword: await credentials.again(handling),
      };
      await handling.context.portal.createUserAccess(access, untilDeadline(handling));
      return true;
    },
  };
}
