import { accessSubject } from '../../../shared/messages/subject.ts';
import { explainAccess } from '../../../shared/operate/explain/access.ts';
import { describeAccess, stateOfAccess } from '../../../shared/operate/lists/accesses.ts';
import type { UserRow } from '../../../shared/users/user.ts';
import { commandLine } from '../command-line.ts';
import { dateTime } from '../listing.ts';
import type { ExplainContext } from './choice-lines.ts';
import type { Detail } from './detail.ts';
import { incidentLines } from './incidents-of.ts';
import { entryLine } from './line.ts';

/** Details of an access: whether it is enabled, its messages that are not marked yet, and its open incidents. */
export async function userDetail(context: ExplainContext, user: UserRow): Promise<Detail> {
  const { gateway, where } = context;
  const { accessIdentifier, projectNo, loginName, passwordTaken, passwordMessageId, createdAt } = user;
  const { messages, incidents } = await explainAccess(gateway, user);
  return {
    title: `Access ${accessIdentifier}`,
    facts: [
      ['state', stateOfAccess(user)],
      ['project', projectNo],
      ['login name', loginName],
      ['password', `${passwordTaken ? 'taken' : 'not taken'}, of message ${passwordMessageId}`],
      ['created', dateTime(createdAt)],
    ],
    sections: [
      ['Messages not marked', messages.map(entryLine)],
      ['Incidents', incidentLines(context, incidents)],
      ['More', [commandLine(where, ['history'], accessSubject(accessIdentifier))]],
    ],
    json: { ...describeAccess(user), passwordMessageId, messages, incidents },
  };
}
