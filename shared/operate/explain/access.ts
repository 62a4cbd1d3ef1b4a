import type { OperatorContext } from '../../decisions/context.ts';
import type { LineEntry } from '../../messages/record.ts';
import { accessSubject } from '../../messages/subject.ts';
import type { IncidentRow } from '../../operations/incidents.ts';
import type { UserRow } from '../../users/user.ts';
import { openIncidents } from '../find/incidents.ts';
import { inOrder, unmarkedEntries } from '../find/unmarked.ts';

/** Messages and files that are under way about an access. */
export interface ExplainedAccess {
  /** Not marked yet, in the order of the portal. */
  messages: readonly LineEntry[];
  /** Open ones of those messages. */
  incidents: readonly IncidentRow[];
}

/** Explains an access. */
export async function explainAccess(
  operator: OperatorContext,
  { accessIdentifier }: UserRow,
): Promise<ExplainedAccess> {
  const subject = accessSubject(accessIdentifier);
  const all = await Array.fromAsync(unmarkedEntries(operator));
  const messages = inOrder(all.filter((entry) => entry.subject === subject));
  const ids = new Set(messages.map(({ messageId }) => messageId));
  const incidents = await openIncidents(operator, ({ messageId }) => ids.has(messageId ?? ''));
  return { messages, incidents };
}
