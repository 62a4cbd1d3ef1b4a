import { outboxPrefix, projectPrefix, readFiles } from '../files/file.ts';
import { type Bucket, purge } from '../files/purge.ts';
import { beginDeleting, removalWrites } from '../files/remove.ts';
import type { Bridge } from '../messages/bridge.ts';
import { removeText } from '../messages/content.ts';
import { readMessage } from '../messages/dispatch.ts';
import type { Turn } from '../messages/effect.ts';
import { accessSubject, memberOf } from '../messages/lines.ts';
import { historyWrite } from '../operations/history.ts';
import { forEachConcurrently } from '../platform/concurrency.ts';
import { changing, query } from '../platform/dynamodb.ts';
import { transact } from '../platform/transaction.ts';
import { readUser, userRemoval } from '../users/user.ts';
import type { DeletionTables } from './delete-project.ts';

type DeletionTurn = Turn<'DeleteProject'>;

interface Member {
  member: string;
  /** Of a message. */
  messageId?: string;
}

const atOnce = 10;

/**
 * Removes what belongs to a project, in batches that may be repeated: users first, then files and objects, then what its
 * messages said.
 *
 * @returns when to go on, in milliseconds since 1970, because a transfer still has to notice or the time is up; nothing
 *   when nothing remains
 */
export async function removeProjectData(
  turn: DeletionTurn,
  tables: DeletionTables,
  bucket: Bucket,
): Promise<number | undefined> {
  const { bridge, data, deadline } = turn;
  const { projectNo } = data;
  const isOver = () => bridge.clock.now() >= deadline - 5_000;
  const over = () => (isOver() ? bridge.clock.now() : undefined);

  await forEachConcurrently(await members(turn, 'user#'), atOnce, (member) => removeUser(turn, tables, member));
  const files = await members(turn, 'file#');
  const leased = await beginDeletingFiles(turn, tables, files);
  if (leased !== undefined) return leased;
  for (const prefix of [projectPrefix(projectNo), outboxPrefix(projectNo)]) {
    if (!(await purge(bucket, prefix, isOver))) return bridge.clock.now();
  }
  for (const page of pages(files)) {
    await removeFiles(turn, tables, page);
    if (isOver()) return over();
  }
  for (const page of pages(await members(turn, 'message#'))) {
    await forEachConcurrently(page, atOnce, (member) => redactMessage(turn, member));
    if (isOver()) return over();
  }
  const remaining = [
    await members(turn, 'user#'),
    await members(turn, 'file#'),
    await members(turn, 'message#'),
  ].flat();
  return remaining.length > 0 ? bridge.clock.now() : undefined;
}

function* pages<Item>(items: readonly Item[], size = 100): Generator<Item[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

/**
 * Of the project's messages only those before the deletion: its own is redacted when it is done, and what comes later is
 * about a project made anew.
 */
async function members(
  { bridge, data, record }: DeletionTurn,
  kind: 'user#' | 'file#' | 'message#',
): Promise<Member[]> {
  const last = kind === 'message#' ? memberOf(record.position) : `${kind}\u{10ffff}`;
  const isOwn = ({ messageId }: Member) => messageId === record.messageId;
  const found = await Array.fromAsync(
    query<Member>(bridge.db, {
      TableName: bridge.tables.members,
      KeyConditionExpression: 'projectNo = :projectNo AND #member BETWEEN :first AND :last',
      ExpressionAttributeNames: { '#member': 'member' },
      ExpressionAttributeValues: { ':projectNo': data.projectNo, ':first': kind, ':last': last },
    }),
  );
  return found.filter((member) => !isOwn(member));
}

const idOf = ({ member }: Member) => member.slice(member.indexOf('#') + 1);

async function removeUser(
  { bridge, record, data }: DeletionTurn,
  tables: DeletionTables,
  member: Member,
): Promise<void> {
  const { projectNo } = data;
  const user = await readUser(bridge.db, tables.users, idOf(member));
  if (user?.projectNo !== projectNo) return forget(bridge, projectNo, member);
  const { accessIdentifier, version } = user;
  await transact(bridge.db, bridge.clock, [
    ...userRemoval({ ...bridge.tables, ...tables }, user),
    historyWrite(
      bridge.tables.history,
      { subject: accessSubject(accessIdentifier), sequence: version + 1, event: 'deleted', projectNo },
      { messageId: record.messageId, at: bridge.clock.now() },
    ),
  ]);
}

/** @returns when the last transfer's lease on one of the files ends, if that is not yet */
async function beginDeletingFiles(
  { bridge }: DeletionTurn,
  tables: DeletionTables,
  files: readonly Member[],
): Promise<number | undefined> {
  let leased = 0;
  for (const page of pages(files)) {
    const rows = await readFiles(bridge, tables.files, page.map(idOf));
    await forEachConcurrently(rows.values(), atOnce, async (row) => {
      const begun = await beginDeleting(bridge, tables, row);
      leased = Math.max(leased, begun ? (row.leaseUntil ?? 0) : bridge.clock.now() + 1);
    });
  }
  return leased > bridge.clock.now() ? leased : undefined;
}

async function removeFiles(
  { bridge, record, data }: DeletionTurn,
  tables: DeletionTables,
  page: readonly Member[],
): Promise<void> {
  const rows = await readFiles(bridge, tables.files, page.map(idOf));
  await forEachConcurrently(page, atOnce, async (member) => {
    const row = rows.get(idOf(member));
    if (!row) return forget(bridge, data.projectNo, member);
    await transact(bridge.db, bridge.clock, await removalWrites(bridge, tables, row, record.messageId));
  });
}

/**
 * Takes from a message what it says about the project; that there was one, and when, stays. DynamoDB itself removes messages
 * that were marked long ago.
 */
async function redactMessage({ bridge, data }: DeletionTurn, member: Member): Promise<void> {
  const { db, clock, tables } = bridge;
  const { projectNo } = data;
  const message = await readMessage(bridge, member.messageId ?? '');
  if (!message) return forget(bridge, projectNo, member);
  await removeText(bridge, message);
  await transact(db, clock, [
    {
      Update: {
        TableName: tables.messages,
        Key: { messageId: message.messageId },
        ConditionExpression: 'attribute_exists(messageId)',
        ...changing({ raw: undefined, rawKey: undefined }),
      },
    },
    { Delete: { TableName: tables.members, Key: { projectNo, member: member.member } } },
  ]);
}

/** Removes a member of which nothing else is left. */
async function forget({ db, clock, tables }: Bridge, projectNo: string, { member }: Member): Promise<void> {
  await transact(db, clock, [{ Delete: { TableName: tables.members, Key: { projectNo, member } } }]);
}
