import type { MessageRecord } from '../../../shared/messages/record.ts';
import { accessSubject } from '../../../shared/messages/subject.ts';
import { oneTimePassword } from '../../../shared/users/derive-password.ts';
import type { UserRow } from '../../../shared/users/user.ts';
import type { Item } from '../expressions.ts';
import { centre, hashOf, passwordSecrets } from '../functions.ts';
import type { SentMessage } from '../history.ts';
import { canonicalId } from '../ids.ts';
import { expectedOf } from '../oracle.ts';
import type { World } from '../world.ts';
import { type HistoryItem, rows } from './rows.ts';

/** The passwords that a message may send, by each secret. */
export function passwordsOf(messageId: string, messageType: string, accessIdentifier: string): Set<string> {
  const purpose = { centre, messageType, messageId, accessIdentifier };
  return new Set(Object.values(passwordSecrets).map((key) => oneTimePassword(key, purpose)));
}

/** Notes what is recorded to be given away. */
export function noteTaking(world: World, after: Item | undefined): void {
  const { event, subject = '' } = (after ?? {}) as Partial<HistoryItem>;
  if (event !== 'password taken') return;
  const user = rows<UserRow>(world, 'users').find((row) => accessSubject(row.accessIdentifier) === subject);
  const hashes = world.takings.get(subject) ?? [];
  world.takings.set(subject, [...hashes, `${user?.passwordHash}`]);
}

/** A password is given away when that was recorded: the one that the access had then. */
export function* unrecordedTakings({ provisioning, takings }: World) {
  const left = new Map([...takings].map(([subject, hashes]) => [subject, [...hashes]]));
  for (const { accessIdentifier, oneTimePassword } of provisioning.taken) {
    const hashes = left.get(accessSubject(accessIdentifier)) ?? [];
    const index = hashes.indexOf(hashOf(oneTimePassword));
    if (index < 0) yield `a password of ${accessIdentifier} was given away, and that was not recorded`;
    else hashes.splice(index, 1);
  }
}

/** Invariant 5: the same message always sends the same credentials, and the last ones are those that count. */
export function* wrongCredentials(world: World) {
  const messageOf = new Map<string, SentMessage>();
  for (const message of world.sent.values()) {
    const { messageId, content } = message;
    if (content?.type !== 'CreateProjectAccess' && content?.type !== 'ResetPassword') continue;
    for (const password of passwordsOf(messageId, content.type, content.data.accessIdentifier))
      messageOf.set(password, message);
  }
  const { uncertain } = expectedOf(world.taken);
  const used = new Map<string, string>();
  const last = new Map<string, string>();
  const lastHash = new Map<string, string>();
  for (const { accessIdentifier: spelled, oneTimePassword: password } of world.portal.credentials) {
    const accessIdentifier = canonicalId(spelled);
    const messageId = messageOf.get(password)?.messageId;
    if (!messageId) {
      yield `a password of ${accessIdentifier} is of no message`;
      continue;
    }
    if ((used.get(messageId) ?? password) !== password) yield `${messageId} sent two passwords`;
    used.set(messageId, password);
    last.set(accessIdentifier, messageId);
    lastHash.set(accessIdentifier, hashOf(password));
  }
  for (const { accessIdentifier, passwordMessageId, passwordHash } of rows<UserRow>(world, 'users')) {
    const sent = last.get(accessIdentifier);
    const record = rows<MessageRecord>(world, 'messages').find(({ messageId }) => messageId === passwordMessageId);
    // A project whose deletion waits halfway for a person has accesses whose credentials the portal does not need.
    if (world.dismissed.has(passwordMessageId) || world.superseded.has(passwordMessageId)) continue;
    // Named in another line than that which creates it, either message may come first.
    if (world.isSkewed || uncertain.has(accessIdentifier)) continue;
    if (record?.state === 'marked' && sent !== passwordMessageId) {
      yield `the portal has the password of ${sent} for ${accessIdentifier}, not that of ${passwordMessageId}`;
    }
    if (record?.state === 'marked' && lastHash.get(accessIdentifier) !== passwordHash)
      yield `${accessIdentifier} has another password than the portal`;
  }
}
