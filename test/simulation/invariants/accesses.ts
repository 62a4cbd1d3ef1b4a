import { isSettled, type MessageRecord } from '../../../shared/messages/record.ts';
import { accessSubject } from '../../../shared/messages/subject.ts';
import type { UserRow } from '../../../shared/users/user.ts';
import { isEnabled } from '../kinds.ts';
import type { World } from '../world.ts';
import { type HistoryItem, rows } from './rows.ts';

interface Access {
  projectNo: string;
  enabled: boolean;
}

type AccessEvent = HistoryItem & { projectNo: string; messageId: string };

const changes: readonly string[] = ['created', 'enabled', 'disabled', 'deleted'];

/** The changes of each access, by its subject. */
const changesOf = (world: World) =>
  Map.groupBy(
    rows<AccessEvent>(world, 'history').filter(
      ({ subject, event }) => subject.startsWith(accessSubject('')) && changes.includes(event),
    ),
    ({ subject }) => subject,
  );

/** Rows of accesses end as the messages that took effect say in the order of the list, whatever lines they were in. */
export function* accessesOutOfOrder(world: World) {
  if (!isEnabled('stray identifiers') && !isEnabled('moved identifiers')) return;
  const records = new Map(rows<MessageRecord>(world, 'messages').map((record) => [record.messageId, record]));
  const users = new Map(rows<UserRow>(world, 'users').map((row) => [accessSubject(row.accessIdentifier), row]));
  const retried = new Set(
    rows<HistoryItem>(world, 'history').flatMap(({ event, messageId }) => (event === 'retried' ? [messageId] : [])),
  );
  const misfits = [...world.misfits].flatMap((messageId) => records.get(messageId) ?? []);
  // Where a list comes in inverted order, its order is not that of what it says.
  const isInverted = (subject: string) =>
    [...world.sent.values()].some(({ messageId, content }) => {
      if (content?.type !== 'CreateProjectAccess' || accessSubject(content.data.accessIdentifier) !== subject)
        return false;
      const { line, position = '' } = records.get(messageId) ?? {};
      return misfits.some((misfit) => misfit.line === line && misfit.position <= position);
    });
  for (const [subject, events] of changesOf(world)) {
    const positionOf = ({ messageId }: AccessEvent) => records.get(messageId)?.position ?? '';
    // A disabling that waits for a stuck creation, and is held or dismissed meanwhile, disables no access that is created later.
    const isHalf = ({ event, messageId = '' }: AccessEvent) =>
      event === 'disabled' && (world.dismissed.has(messageId) || records.get(messageId)?.state === 'held');
    const whole = events.filter((each) => !isHalf(each));
    const inOrder = whole.toSorted((a, b) =>
      positionOf(a) === positionOf(b) ? a.sequence - b.sequence : positionOf(a) < positionOf(b) ? -1 : 1,
    );
    const wanted = textOf(inOrder.reduce(after, undefined));
    const found = textOf(users.get(subject));
    // A revocation that passes older messages, or waits for stuck ones, revokes what it finds by then; so does one tried again.
    const isLate =
      world.passed.has(subject) ||
      whole.length < events.length ||
      events.some(({ messageId }) => retried.has(messageId));
    const isRevoked = isLate && users.get(subject)?.enabled !== true;
    if (found !== wanted && !isRevoked && !isInverted(subject))
      yield `${subject} ended ${found}, by the order of the list ${wanted}`;
  }
}

function after(before: Access | undefined, { event, projectNo }: AccessEvent): Access | undefined {
  if (event === 'created') return { projectNo, enabled: true };
  // With a project that it has left goes nothing, though the deletion of that one may have come first.
  if (event === 'deleted') return before?.projectNo === projectNo ? undefined : before;
  return before && { ...before, enabled: event === 'enabled' };
}

const textOf = (access: Access | undefined) =>
  access ? `${access.enabled ? 'enabled' : 'disabled'} in ${access.projectNo}` : 'absent';

/** Nothing that stands before a revocation gives back, after the revocation, what that took. */
export function* revocationsUndone(world: World) {
  if (!isEnabled('stray identifiers')) return;
  const records = new Map(rows<MessageRecord>(world, 'messages').map((record) => [record.messageId, record]));
  const given = changesOf(world);
  for (const { accessIdentifier, enabled } of rows<UserRow>(world, 'users')) {
    const giving = (given.get(accessSubject(accessIdentifier)) ?? [])
      .filter(({ event }) => event === 'created' || event === 'enabled')
      .toSorted((a, b) => a.sequence - b.sequence);
    for (const { messageId, content } of world.taken) {
      const isDisabling = content?.type === 'DisableProjectAccess';
      if (!isDisabling && content?.type !== 'DeleteProjectAccess') continue;
      if (content.data.accessIdentifier !== accessIdentifier || (isDisabling && !enabled)) continue;
      const record = records.get(messageId);
      if (!record || world.dismissed.has(messageId) || world.superseded.has(messageId)) continue;
      if (!isSettled(record.state) && record.state !== 'marked') continue;
      const last = giving.findLast(({ event }) => isDisabling || event === 'created');
      const giver = records.get(last?.messageId ?? '');
      if (giver && giver.position < record.position)
        yield `${accessIdentifier} is there by ${giver.messageId}, though ${messageId} revoked it later in the list`;
    }
  }
}
