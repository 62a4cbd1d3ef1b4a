import { accessSubject } from '../../../shared/messages/subject.ts';
import type { UserRow } from '../../../shared/users/user.ts';
import { commandLine } from '../command-line.ts';
import { unmarkedEntries } from '../find/find-message.ts';
import { dateTime } from '../listing.ts';
import type { ExplainContext } from './choices.ts';
import type { Detail } from './detail.ts';
import { incidentLines, openIncidents } from './incidents-of.ts';
import { entryLine } from './line.ts';

/** Details of an access: whether it is enabled, its messages that are not marked yet, and its open incidents. */
export async function userDetail(context: ExplainContext, user: UserRow): Promise<Detail> {
  const { gateway, where } = context;
  const { accessIdentifier, projectNo, loginName, enabled, passwordTaken, passwordMessageId, createdAt } = user;
  const subject = accessSubject(accessIdentifier);
  const all = await Array.fromAsync(unmarkedEntries(gateway));
  const entries = all
    .filter((entry) => entry.subject === subject)
    .toSorted((a, b) => (a.position < b.position ? -1 : 1));
  const ids = new Set(entries.map(({ messageId }) => messageId));
  const incidents = await openIncidents(context, ({ messageId }) => ids.has(messageId ?? ''));
  return {
    title: `Access ${accessIdentifier}`,
    facts: [
      ['state', enabled ? 'enabled' : 'disabled'],
      ['project', projectNo],
      ['login name', loginName],
      ['password', `${passwordTaken ? 'taken' : 'not taken'}, of message ${passwordMessageId}`],
      ['created', dateTime(createdAt)],
    ],
    sections: [
      ['Messages not marked', entries.map(entryLine)],
      ['Incidents', incidentLines(context, incidents)],
      ['More', [commandLine(where, ['history'], subject)]],
    ],
    // Without the password's hash.
    json: {
      ...{ accessIdentifier, projectNo, loginName, enabled, passwordTaken, passwordMessageId, createdAt },
      ...{ messages: entries, incidents },
    },
  };
}
