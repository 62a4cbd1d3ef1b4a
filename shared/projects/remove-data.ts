import type { AccountRow } from '../accounts/account.ts';
import { foldUserName } from '../accounts/user-name.ts';
import { type FileRow, writtenUntil } from '../files/file.ts';
import { outboxPrefix, projectPrefix } from '../files/object-key.ts';
import { beginDeleting, fileLeaseCheck, removalWrites } from '../files/remove.ts';
import type { ResultRow } from '../files/result.ts';
import { readRows } from '../files/rows.ts';
import { historyWrites } from '../history/history.ts';
import type { MessageContext } from '../messages/context.ts';
import type { HandlerContext } from '../messages/handle/handler.ts';
import { mayGoOn } from '../messages/handle/lease.ts';
import { readMessage } from '../messages/read.ts';
import { removeText } from '../messages/stored-text.ts';
import { accessSubject, memberOf } from '../messages/subject.ts';
import { forEachConcurrently } from '../platform/concurrency.ts';
import { batchGet, query, updateExpression } from '../platform/dynamodb.ts';
import { type Bucket, deleteObjects, purge } from '../platform/s3.ts';
import { transactAll, type Write } from '../platform/transaction.ts';
import { endProcesses } from '../processes/dst/end-processes.ts';
import { readAccessAccounts } from '../users/access-account.ts';
import { userRemoval } from '../users/remove-user.ts';
import type { UserRow } from '../users/user.ts';
import { checkStopped } from '../workspaces/dst/end-workspaces.ts';
import type { DeletedWorkspaces } from '../workspaces/dst/revocations.ts';

type DeletionHandling = HandlerContext<'DeleteProject'>;

type Kind = 'user#' | 'file#' | 'message#';

interface Member {
  member: string;
  /** Id of a message. */
  messageId?: string;
}

/** Members read and removed together, which limits the memory used. */
const pageSize = 100;

/** Files whose deletion is begun concurrently. */
const concurrency = 20;

/** Where a project's data are, beside the tables that every message needs. */
export interface ProjectStores {
  /** Bucket of delivered files and results. */
  bucket: Bucket;
  /** Table of processes, and bucket of their files. */
  processes: { table: string; attachments: Bucket };
  workspaces: DeletedWorkspaces;
}

/** When a deletion continues. */
interface GoOn {
  /** In milliseconds since 1970. */
  until: number;
  /** Conditions that fail if a lease that is waited for was released. */
  checks: Write[];
}

/** Most leases that are checked: a transaction has 100 actions. */
const maxChecks = 50;

/**
 * Removes everything that belongs to a project, page by page: first users, then workspaces and processes, then files and objects,
 * then the texts of its messages. Each page is removed before the next is read, so that every invocation continues where the
 * previous one ended. Nothing else waits for jobs that are ending.
 *
 * @returns when to continue, because a transfer or a job has to end first or the time is up; undefined if nothing remains
 * @throws TransientError when nothing else remains than jobs that do not end
 */
export async function removeProjectData(
  handling: DeletionHandling,
  { bucket, processes, workspaces }: ProjectStores,
): Promise<GoOn | undefined> {
  const { context, data } = handling;
  const now = (): GoOn => ({ until: context.clock.now(), checks: [] });
  const goOn: GoOn = { until: 0, checks: [] };

  for await (const page of pages(handling, 'user#')) {
    const keys = page.map((member) => ({ accessIdentifier: idOf(member) }));
    const rows = await batchGet<UserRow>(context.db, context.clock, context.tables.users, keys);
    if (!(await mayGoOn(handling))) return now();
    const users = new Map(rows.map((row) => [row.accessIdentifier, row]));
    const accounts = await readAccessAccounts(context, rows);
    const removals = page.map((member) => userRemovalWrites(handling, member, users.get(idOf(member)), accounts));
    await transactAll(context.db, context.clock, removals);
  }
  const { projectNo } = data;
  const ended = await workspaces.end(projectNo, () => mayGoOn(handling));
  if (ended.kind === 'interrupted') return now();
  // Before the outbox is emptied, into which an order may put files.
  const ending = {
    ...context,
    tables: { ...context.tables, processes: processes.table },
    attachments: processes.attachments,
  };
  if (!(await endProcesses(ending, projectNo, () => mayGoOn(handling)))) return now();
  for await (const page of pages(handling, 'file#')) {
    const rows = await readRows(context, page.map(idOf));
    if (!(await mayGoOn(handling))) return now();
    const { until, checks } = await removeFiles(handling, bucket, page, rows);
    goOn.until = Math.max(goOn.until, until);
    goOn.checks.push(...checks.slice(0, maxChecks - goOn.checks.length));
  }
  if (goOn.until > 0) return goOn;
  for (const prefix of [projectPrefix(projectNo), outboxPrefix(projectNo)]) {
    if (!(await purge(bucket, prefix, () => mayGoOn(handling)))) return now();
  }
  for await (const page of pages(handling, 'message#')) {
    if (!(await mayGoOn(handling))) return now();
    const redactions = await Promise.all(page.map((member) => redactionWrites(handling, member)));
    await transactAll(context.db, context.clock, redactions);
  }
  for (const kind of ['user#', 'file#', 'message#'] as const) {
    for await (const _page of pages(handling, kind)) return now();
  }
  if (ended.kind === 'gone') return undefined;
  checkStopped(ended);
  return { until: ended.until, checks: [] };
}

/**
 * The project's members of a kind, in pages. Only messages older than the deletion: the deletion's own text is removed when it
 * is done, and later messages are about a project created anew.
 */
async function* pages({ context, data, record }: DeletionHandling, kind: Kind): AsyncGenerator<Member[]> {
  const last = kind === 'message#' ? memberOf(record.position) : `${kind}\u{10ffff}`;
  const members = query<Member>(context.db, {
    TableName: context.tables.members,
    KeyConditionExpression: 'projectNo = :projectNo AND #member BETWEEN :first AND :last',
    ExpressionAttributeNames: { '#member': 'member' },
    ExpressionAttributeValues: { ':projectNo': data.projectNo, ':first': kind, ':last': last },
    Limit: pageSize,
  });
  let page: Member[] = [];
  for await (const member of members) {
    if (member.messageId === record.messageId) continue;
    page.push(member);
    if (page.length < pageSize) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

const idOf = ({ member }: Member) => member.slice(member.indexOf('#') + 1);

function userRemovalWrites(
  { context, record, data }: DeletionHandling,
  member: Member,
  user: UserRow | undefined,
  accounts: ReadonlyMap<string, AccountRow>,
): Write[] {
  const { projectNo } = data;
  if (user?.projectNo !== projectNo) {
    return forgetWrites(context, projectNo, member, {
      TableName: context.tables.users,
      Key: { accessIdentifier: idOf(member) },
    });
  }
  const { accessIdentifier, version } = user;
  return [
    ...userRemoval(context, user, accounts.get(foldUserName(user.loginName))),
    ...historyWrites(
      context.tables,
      [{ subject: accessSubject(accessIdentifier), sequence: version + 1, event: 'deleted', projectNo }],
      { messageId: record.messageId, at: context.clock.now() },
    ),
  ];
}

/**
 * Removes the files of a page with their objects, except files that a transfer may still be writing: these are marked as being
 * deleted, which ends the transfer.
 *
 * @returns when to check the others again; `until` is 0 if nothing is left of the page
 */
async function removeFiles(
  { context, record, data: { projectNo } }: DeletionHandling,
  bucket: Bucket,
  page: readonly Member[],
  rows: ReadonlyMap<string, FileRow | ResultRow>,
): Promise<GoOn> {
  const free: (FileRow | ResultRow)[] = [];
  const forgotten: Write[][] = [];
  const checks: Write[] = [];
  let goOn = 0;
  const lookAgain = (at: number) => {
    goOn = Math.max(goOn, at);
  };
  await forEachConcurrently(page, concurrency, async (member) => {
    const fileId = idOf(member);
    const row = rows.get(fileId);
    if (row?.projectNo !== projectNo) {
      forgotten.push(forgetWrites(context, projectNo, member, { TableName: context.tables.files, Key: { fileId } }));
      return;
    }
    const until = writtenUntil(row, context.clock.now());
    // Refused: a transfer has just claimed the file, with a lease that is not in this row.
    if (!(await beginDeleting(context, row, record.messageId))) lookAgain(context.clock.now());
    else if (until > 0) {
      checks.push(fileLeaseCheck(context, row));
      lookAgain(until);
    } else free.push(row);
  });
  const keys = free.map((row) => row.objectKey);
  const failed = await deleteObjects(bucket, keys);
  if (failed.size > 0) lookAgain(context.clock.now());
  const gone = free.filter((row) => !failed.has(row.objectKey));
  const removals = await Promise.all(gone.map((row) => removalWrites(context, row, record.messageId)));
  await transactAll(context.db, context.clock, [...forgotten, ...removals]);
  return { until: goOn, checks };
}

/**
 * The writes that remove a message's text about the project. Its id and times stay. DynamoDB itself removes messages that were
 * marked long ago.
 */
async function redactionWrites({ context, data }: DeletionHandling, member: Member): Promise<Write[]> {
  const { tables } = context;
  const { projectNo } = data;
  const message = await readMessage(context, member.messageId ?? '');
  // One that a poll could not insert at this place is a member at another, and may be newer than the deletion.
  if (!message || memberOf(message.position) !== member.member) return forgetWrites(context, projectNo, member);
  await removeText(context, message);
  return [
    {
      Update: {
        TableName: tables.messages,
        Key: { messageId: message.messageId },
        ConditionExpression: 'attribute_exists(messageId)',
        ...updateExpression({ raw: undefined, rawKey: undefined }),
      },
    },
    { Delete: { TableName: tables.members, Key: { projectNo, member: member.member } } },
  ];
}

/**
 * The writes that remove a member without other rows.
 *
 * @param row key of the row that must not exist or belong to the project
 */
function forgetWrites(
  { tables }: MessageContext,
  projectNo: string,
  { member }: Member,
  row?: { TableName: string; Key: Record<string, string> },
): Write[] {
  const isGone = {
    ConditionExpression: 'attribute_not_exists(projectNo) OR projectNo <> :projectNo',
    ExpressionAttributeValues: { ':projectNo': projectNo },
  };
  return [
    { Delete: { TableName: tables.members, Key: { projectNo, member } } },
    ...(row ? [{ ConditionCheck: { ...row, ...isGone } }] : []),
  ];
}
