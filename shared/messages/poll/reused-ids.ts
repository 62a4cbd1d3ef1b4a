import { createHash } from 'node:crypto';
import { type Incident, type IncidentRow, incidentId } from '../../operations/incidents.ts';
import { batchGet } from '../../platform/dynamodb.ts';
import type { ListedMessage } from '../../portal/parse-message.ts';
import type { MessageContext } from '../context.ts';
import type { MessageRecord } from '../record.ts';
import { subjectOf } from '../subject.ts';

/** A listed message that has an id. */
export type Identified = ListedMessage & { messageId: string };

const longestKey = 256;

/**
 * The key of a message whose id belongs to another message. It is the same whenever the message is listed. One-time passwords
 * are derived from it, so each of the messages has its own.
 */
export function keyOfReused(messageId: string, contentHash: string): string {
  const key = `${messageId}~${contentHash.slice(0, 16)}`;
  if (Buffer.byteLength(key) <= longestKey) return key;
  return `~${createHash('sha256').update(`${messageId}\n${contentHash}`).digest('hex')}`;
}

/** Subject of the incident of an id listed with another content. Its row also stores the operator's decision about that content. */
const subjectOfReuse = (messageId: string, contentHash: string) => `${messageId} ${contentHash}`;

/** The content hash in the subject of an incident about a reused id. */
export const hashOfReuse = ({ subject }: Pick<Incident, 'subject'>): string => subject.slice(-64);

/** Reports the content that the portal lists under the id of another message. */
export function reuseIncident(message: Identified, known: Pick<MessageRecord, 'type'> | undefined): Incident {
  const { messageId, contentHash } = message;
  const content = message.readable
    ? `${message.content.type} of ${subjectOf(message.content)}${message.timestamp ? `, with the time ${message.timestamp}` : ''}`
    : `a message that can't be read (${message.problem})`;
  return {
    kind: 'message-id-reused',
    subject: subjectOfReuse(messageId, contentHash),
    messageId,
    expected: `the ${known?.type ?? 'message'} that had this id before`,
    found: `other content, ${content}: the portal may have been reset`,
  };
}

/**
 * Operators' decisions about contents listed under the id of another message.
 *
 * @returns `dismissed` (the old message in other words) or `retried` (a message of its own) by key; undecided contents are left
 *   out
 */
export async function decisionsAbout(
  { db, clock, tables }: Pick<MessageContext, 'db' | 'clock' | 'tables'>,
  messages: readonly Pick<Identified, 'messageId' | 'contentHash'>[],
): Promise<Map<string, 'dismissed' | 'retried'>> {
  const keys = new Map(
    messages.map(({ messageId, contentHash }) => {
      const subject = subjectOfReuse(messageId, contentHash);
      return [incidentId({ kind: 'message-id-reused', subject }), keyOfReused(messageId, contentHash)];
    }),
  );
  const ids = [...keys.keys()].map((id) => ({ incidentId: id }));
  const rows = await batchGet<IncidentRow>(db, clock, tables.incidents, ids, ['incidentId', 'state']);
  return new Map(
    rows.flatMap(({ incidentId: id, state }) => {
      const key = keys.get(id);
      return key !== undefined && (state === 'dismissed' || state === 'retried') ? [[key, state] as const] : [];
    }),
  );
}
