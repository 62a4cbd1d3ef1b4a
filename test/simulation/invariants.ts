import type { FileRow } from '../../shared/files/file.ts';
import type { MessageRecord } from '../../shared/messages/record.ts';
import { eventSchema } from '../../shared/operations/events.ts';
import type { Incident } from '../../shared/operations/incidents.ts';
import { oneTimePassword } from '../../shared/users/one-time-password.ts';
import type { UserRow } from '../../shared/users/user.ts';
import type { Item } from './expressions.ts';
import { shownFiles, strayObjects, violationOfFilesMark } from './file-invariants.ts';
import { centre, hashOf, passwordSecrets } from './gateway.ts';
import type { SentMessage } from './history.ts';
import { expectedOf } from './oracle.ts';
import type { World } from './world.ts';

type HistoryItem = { subject: string; sequence: number; event: string; messageId?: string | undefined };

/** Everything that is wrong with a world that has come to rest. */
export function violationsOf(world: World): string[] {
  return [
    ...world.violations,
    ...unsettled(world),
    ...programmingErrors(world),
    ...gapsInHistory(world),
    ...untoldHistory(world),
    ...repeatedEffects(world),
    ...disorder(world),
    ...wrongCredentials(world),
    ...leftOfDeletedProjects(world),
    ...secretsFound(world),
    ...strayMembers(world),
    ...strayObjects(world),
    ...heldForNothing(world),
    ...reusedIds(world),
    ...(world.everHeld ? [] : differences(world)),
  ];
}

const rows = <Row>({ dynamodb }: World, table: string) => dynamodb.items(table) as Row[];

/** Invariant 3: marked only after the effect is committed and what it asked of the outside is done. */
export function violationOfMark(world: World, messageId: string): string | undefined {
  const record = rows<MessageRecord>(world, 'messages').find((each) => each.messageId === messageId);
  if (!record) return `${messageId} is marked but not recorded`;
  if (!['done', 'superseded', 'dismissed', 'marked'].includes(record.state))
    return `${messageId} is marked while ${record.state}`;
  const content = world.sent.get(messageId)?.content;
  if (record.state !== 'done' && record.state !== 'marked') return undefined;
  if (content?.type === 'DataDeliveryReady' || content?.type === 'ReturnDataFile')
    return violationOfFilesMark(world, record, content);
  if (content?.type !== 'CreateProjectAccess' && content?.type !== 'ResetPassword') return undefined;
  const misfits = rows<Incident>(world, 'incidents').some(
    (each) => each.kind === 'mismatch' && each.subject === messageId,
  );
  const passwords = passwordsOf(messageId, content.type, content.data.accessIdentifier);
  const delivered = world.portal.credentials.some(({ oneTimePassword }) => passwords.has(oneTimePassword));
  const moot = record.markedAt !== undefined || world.superseded.has(messageId);
  return misfits || delivered || moot ? undefined : `${messageId} is marked before its credentials arrived`;
}

/** Invariant 4: every listed message ends marked, or as an incident. */
function* unsettled(world: World) {
  const records = new Map(rows<MessageRecord>(world, 'messages').map((record) => [record.messageId, record]));
  const incidents = new Set(rows<Incident>(world, 'incidents').map(({ messageId }) => messageId));
  const unmarked = new Set<string>();
  for (const { messageId, markedAt, projectNo } of world.portal.messages) {
    if (world.reused.has(messageId)) continue;
    const record = records.get(messageId);
    if (markedAt !== undefined && record?.state === 'marked') continue;
    const isRefused = world.portal.insistsOnOrder && unmarked.has(projectNo) && record?.settledAt !== undefined;
    unmarked.add(projectNo);
    if (record?.state === 'held' && incidents.has(messageId)) continue;
    const isBehind = (each: MessageRecord) => each.line === record?.line && each.state === 'held';
    const waits = record?.state !== 'held' && [...records.values()].some(isBehind);
    if (waits || isRefused) continue;
    const atPortal = markedAt === undefined ? 'not marked' : 'marked';
    yield `${messageId} (${record?.type}) ended ${record?.state}, at the portal ${atPortal}`;
  }
  for (const entry of rows<MessageRecord>(world, 'lines').filter(({ line }) => line !== 'transfers')) {
    const record = records.get(entry.messageId);
    if (record?.state === 'marked') yield `${entry.messageId} is marked but still in its line`;
    if (record && record.state !== entry.state)
      yield `${entry.messageId} is ${record.state}, in its line ${entry.state}`;
  }
}

/** What no fault explains. */
function* programmingErrors({ gateway: { logged } }: World) {
  for (const line of logged) {
    if (/TypeError|ReferenceError|RangeError|ValidationException|not simulated/.test(line))
      yield `an error of the program: ${line}`;
  }
}

function* gapsInHistory(world: World) {
  const subjects = Map.groupBy(rows<HistoryItem>(world, 'history'), ({ subject }) => subject);
  for (const [subject, events] of subjects) {
    const sequences = events.map(({ sequence }) => sequence).sort((a, b) => a - b);
    if (sequences.some((sequence, index) => sequence !== index + 1)) yield `${subject} has history ${sequences}`;
  }
}

/** What is in the history is published, at least once, and nothing else is. */
function* untoldHistory(world: World) {
  const keyOf = ({ subject, sequence, event }: HistoryItem) => `${subject} ${sequence}: ${event}`;
  const happened = new Set(rows<HistoryItem>(world, 'history').map(keyOf));
  const told = new Set(world.bus.published.map((detail) => keyOf(eventSchema.parse(JSON.parse(detail)))));
  for (const key of happened.difference(told)) yield `${key} is not published`;
  for (const key of told.difference(happened)) yield `${key} is published, and did not happen`;
}

/** Invariant 1: a message's effect happens exactly once. */
function* repeatedEffects(world: World) {
  const events = new Set<string>();
  for (const { subject, event, messageId } of rows<HistoryItem>(world, 'history')) {
    const key = `${event} of ${subject} by ${messageId}`;
    if (events.has(key)) yield `${key} happened twice`;
    events.add(key);
  }
  for (const [messageId, count] of world.effects) if (count > 1) yield `${messageId} took effect ${count} times`;
}

/** Invariant 2: effects of one line come in the portal's order, but for revocations and deletions. */
function* disorder(world: World) {
  const revocations = ['DisableProjectAccess', 'DeleteProjectAccess', 'DeleteDataFile', 'DeleteProject'];
  const records = new Map(rows<MessageRecord>(world, 'messages').map((record) => [record.messageId, record]));
  const last = new Map<string, string>();
  for (const messageId of world.effects.keys()) {
    const record = records.get(messageId);
    if (!record || revocations.includes(record.type)) continue;
    const before = last.get(record.line);
    if (before !== undefined && before > record.position)
      yield `${messageId} took effect after a later message of ${record.line}`;
    last.set(record.line, record.position);
  }
  const places = new Map<string, string>();
  for (const { messageId } of world.portal.messages) {
    const record = records.get(messageId);
    if (!record) continue;
    const before = places.get(record.line);
    if (before !== undefined && before > record.position)
      yield `${messageId} stands before an older message of ${record.line}`;
    places.set(record.line, record.position);
  }
}

function passwordsOf(messageId: string, messageType: string, accessIdentifier: string): Set<string> {
  const purpose = { centre, messageType, messageId, accessIdentifier };
  return new Set(Object.values(passwordSecrets).map((key) => oneTimePassword(key, purpose)));
}

/** Invariant 5: the same message always sends the same credentials, and the last ones are those that count. */
function* wrongCredentials(world: World) {
  const messageOf = new Map<string, SentMessage>();
  for (const message of world.sent.values()) {
    const { messageId, content } = message;
    if (content?.type !== 'CreateProjectAccess' && content?.type !== 'ResetPassword') continue;
    for (const password of passwordsOf(messageId, content.type, content.data.accessIdentifier))
      messageOf.set(password, message);
  }
  const { uncertain } = expectedOf([...world.sent.values()]);
  const used = new Map<string, string>();
  const last = new Map<string, string>();
  const lastHash = new Map<string, string>();
  for (const { accessIdentifier, oneTimePassword: password } of world.portal.credentials) {
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
    // Named in another line than that which creates it, either message may come first.
    if (world.isSkewed || uncertain.has(accessIdentifier)) continue;
    if (record?.state === 'marked' && sent !== passwordMessageId) {
      yield `the portal has the password of ${sent} for ${accessIdentifier}, not that of ${passwordMessageId}`;
    }
    if (record?.state === 'marked' && lastHash.get(accessIdentifier) !== passwordHash)
      yield `${accessIdentifier} has another password than the portal`;
  }
}

/** Invariant 9: after DeleteProject nothing of the project's data is left but history. */
function* leftOfDeletedProjects(world: World) {
  const existing = new Set(rows<{ projectNo: string }>(world, 'projects').map(({ projectNo }) => projectNo));
  const messages = rows<MessageRecord>(world, 'messages');
  const deletions = rows<HistoryItem & { projectNo: string }>(world, 'history').filter(
    ({ subject, event }) => subject.startsWith('project#') && event === 'deleted',
  );
  for (const { projectNo, messageId } of deletions) {
    const deletion = messages.find((record) => record.messageId === messageId);
    const older = messages.filter(({ line, position }) => line === deletion?.line && position <= deletion.position);
    for (const record of older)
      if (record.raw !== undefined || record.rawKey !== undefined)
        yield `${record.messageId} still tells about the deleted ${projectNo}`;
    if (existing.has(projectNo)) continue;
    for (const user of rows<UserRow>(world, 'users'))
      if (user.projectNo === projectNo) yield `${user.accessIdentifier} is left of the deleted ${projectNo}`;
    for (const member of rows<{ projectNo: string; member: string }>(world, 'members')) {
      if (member.projectNo === projectNo && !member.member.startsWith('message#'))
        yield `${member.member} is left of the deleted ${projectNo}`;
    }
  }
}

/** Invariant 8: secrets are nowhere. */
function* secretsFound(world: World) {
  const secrets = [
    ...Object.values(passwordSecrets),
    ...world.portal.credentials.map(({ oneTimePassword }) => oneTimePassword),
  ];
  const written: Record<string, string> = {
    logs: world.gateway.logged.join('\n'),
    queues: world.gateway.queues.sent.join('\n'),
    events: world.bus.published.join('\n'),
  };
  for (const table of world.tableNames) written[`table ${table}`] = JSON.stringify(world.dynamodb.items(table));
  for (const [place, text] of Object.entries(written)) {
    if (secrets.some((secret) => text.includes(secret))) yield `a secret is in the ${place}`;
  }
}

/** The row of a user or file and its membership come and go together. */
function* strayMembers(world: World) {
  const found = rows<{ projectNo: string; member: string }>(world, 'members')
    .filter(({ member }) => !member.startsWith('message#'))
    .map(({ projectNo, member }) => `${member} of ${projectNo}`);
  const users = rows<UserRow>(world, 'users').map(
    ({ projectNo, accessIdentifier }) => `user#${accessIdentifier} of ${projectNo}`,
  );
  const files = rows<FileRow>(world, 'files').map(({ projectNo, fileId }) => `file#${fileId} of ${projectNo}`);
  const wanted = [...users, ...files];
  for (const member of new Set(found).symmetricDifference(new Set(wanted)))
    yield `${member}: row and membership differ`;
}

/** With so many attempts, and no mismatches to hold, whatever went wrong was to be got over. */
function* heldForNothing({ everHeld, sent, gateway: { settings } }: World) {
  const { maxAttempts, mismatchesPerHour, holdMismatchesOf, checksumTries } = settings;
  const { holds, uncertain } = expectedOf([...sent.values()]);
  if (holds || uncertain.size > 0) return;
  if (
    everHeld &&
    maxAttempts >= 50 &&
    checksumTries >= 50 &&
    mismatchesPerHour >= 1_000 &&
    holdMismatchesOf.length === 0
  )
    yield 'a message was held without need';
}

/** Invariant 10: a known id with other content is an incident, never done already. */
function* reusedIds(world: World) {
  const incidents = rows<Incident>(world, 'incidents').filter(({ kind }) => kind === 'message-id-reused');
  for (const id of world.reused) {
    if (!incidents.some(({ messageId }) => messageId === id))
      yield `${id} came again with other content, and nobody was told`;
    const isMarked = world.portal.messages.some(
      ({ messageId, markedAt }) => messageId === id && markedAt !== undefined,
    );
    if (isMarked) yield `${id} came again with other content, and was marked`;
  }
}

/** What is otherwise than by the oracle: exact when no message ever waited for a person. */
function* differences(world: World) {
  const expected = expectedOf([...world.sent.values()]);
  const isCertain = (subject: string) =>
    ![...expected.uncertain].some((access) => subject.endsWith(`#${access}`) || subject === access);
  const compare = (what: string, found: unknown, wanted: unknown) =>
    JSON.stringify(found) === JSON.stringify(wanted)
      ? []
      : [`${what}: found ${JSON.stringify(found)}, expected ${JSON.stringify(wanted)}`];
  yield* compare(
    'projects',
    rows<{ projectNo: string }>(world, 'projects')
      .map(({ projectNo }) => projectNo)
      .sort(),
    [...expected.projects].sort(),
  );
  const users = rows<UserRow>(world, 'users').filter(({ accessIdentifier }) => isCertain(accessIdentifier));
  const shown = users.map(({ accessIdentifier, projectNo, enabled, passwordMessageId }) => [
    accessIdentifier,
    projectNo,
    enabled,
    passwordMessageId,
  ]);
  const wanted = [...expected.users]
    .filter(([access]) => isCertain(access))
    .map(([access, { projectNo, enabled, passwordMessageId }]) => [access, projectNo, enabled, passwordMessageId]);
  yield* compare('users', shown.sort(), wanted.sort());
  const files = [...expected.files].map(([fileId, projectNo]) => ({
    fileId,
    text: `${fileId} of ${projectNo}, stored`,
  }));
  const textsOf = (all: { fileId: string; text: string }[]) =>
    all.filter(({ fileId }) => isCertain(fileId)).map(({ text }) => text);
  yield* compare('files', textsOf(shownFiles(world)).sort(), textsOf(files).sort());
  // Whether a deletion finds a file stored, or returned, depends on the time.
  const timeless = rows<HistoryItem>(world, 'history').filter(
    ({ event }) => event !== 'stored' && event !== 'returned',
  );
  const subjects = Map.groupBy(timeless, ({ subject }) => subject);
  for (const subject of new Set([...subjects.keys(), ...expected.history.keys()])) {
    if (!isCertain(subject)) continue;
    const events = (subjects.get(subject) ?? []).toSorted((a, b) => a.sequence - b.sequence);
    yield* compare(
      `history of ${subject}`,
      events.map(({ event, messageId }) => `${event} by ${messageId}`),
      expected.history.get(subject) ?? [],
    );
  }
  const isAboutCertain = (messageId: string) => {
    const data = world.sent.get(messageId)?.content?.data;
    if (data && 'fileId' in data) return isCertain(data.fileId);
    return !data || !('accessIdentifier' in data) || isCertain(data.accessIdentifier);
  };
  const mismatches = rows<Incident>(world, 'incidents')
    .filter(({ kind }) => kind === 'mismatch')
    .map(({ subject }) => subject);
  yield* compare(
    'mismatches',
    mismatches.filter(isAboutCertain).sort(),
    [...expected.mismatches].filter(isAboutCertain).sort(),
  );
}

/** What an item's change says about an effect. */
export function noteChange(world: World, table: string, after: Item | undefined, before: Item | undefined): void {
  if (table !== 'messages' || !after) return;
  const { messageId, state, attempts, leaseUntil } = after as Item & MessageRecord;
  const now = world.scheduler.now;
  const former = before?.state;
  const mayTell = before && !world.isSkewed;
  if (mayTell && attempts > (before.attempts as number) && (before.dueAt as number) > now)
    world.violations.push(`${messageId} is queued before it is due`);
  const isHandled = state === former && state !== 'working';
  if (
    mayTell &&
    isHandled &&
    leaseUntil !== undefined &&
    leaseUntil !== before.leaseUntil &&
    (before.leaseUntil as number) > now
  )
    world.violations.push(`${messageId} is taken while another has it`);
  if (state === 'marked' && before?.state !== 'marked' && !world.portal.isMarked(messageId))
    world.violations.push(`${messageId} is recorded as marked, which it is not`);
  if (state === former) return;
  if (state === 'held') world.everHeld ||= world.sent.get(messageId)?.content !== undefined;
  if (state === 'superseded') world.superseded.add(messageId);
  if (state === 'dismissed') world.dismissed.add(messageId);
  const took =
    (former === 'open' || former === 'applying') && ['applied', 'working', 'done', 'applying'].includes(state);
  if (took && former !== 'applying') world.effects.set(messageId, (world.effects.get(messageId) ?? 0) + 1);
}
