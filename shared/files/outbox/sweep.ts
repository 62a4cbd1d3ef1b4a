import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { MessageContext } from '../../messages/context.ts';
import { forEachConcurrently } from '../../platform/concurrency.ts';
import { getItem, updateExpression } from '../../platform/dynamodb.ts';
import { describeError } from '../../platform/errors.ts';
import { decodeKey } from '../../platform/s3.ts';
import { readProject } from '../../projects/project.ts';
import type { FilesContext } from '../context.ts';
import { isResult, readRows } from '../rows.ts';
import { readOutboxKey } from './key.ts';
import type { Put } from './put.ts';
import { fileOfDst, noProject, type RefusedPut, type ResultRefusal, refusalByTime, refuse } from './refuse-result.ts';
import { registerResult, stepFor } from './register.ts';
import { deletionOf } from './remove-orphan.ts';

/** Objects handled concurrently. */
const concurrency = 8;

type Found = Omit<Put, 'size'> & { key: string };

/**
 * Registers every object of the outbox whose notification was lost, and removes objects that were sent but remain. Continues
 * from the page where the previous sweep stopped.
 *
 * @param deadline when to leave the remaining pages to the next sweep, in milliseconds since 1970
 * @returns the number of results to send
 * @throws AggregateError with the errors, after all other objects are handled
 */
export async function sweepOutbox(context: FilesContext, deadline = Number.POSITIVE_INFINITY): Promise<number> {
  let registered = 0;
  const failures: unknown[] = [];
  for await (const page of pagesFrom(context, await readCursor(context))) {
    const { toRegister, refused } = await sortOut(context, page.found);
    await forEachConcurrently(toRegister, concurrency, async (key) => {
      try {
        if (await registerResult(context, key)) registered += 1;
      } catch (error) {
        failures.push(error);
      }
    });
    for (const { refusal, puts } of refused) await refuse(context, refusal, puts, { onlyNew: true });
    if (page.isOnly) break;
    await moveCursor(context, page.last);
    if (context.clock.now() >= deadline) break;
  }
  context.log.info('outbox swept', { registered, failed: failures.length });
  if (failures.length > 0) throw new AggregateError(failures, describeError(failures[0]));
  return registered;
}

interface Page {
  found: Found[];
  /** The key after which the next page begins; undefined on the last page. */
  last: string | undefined;
  /** Whether this is the only page, so that no cursor is needed. */
  isOnly: boolean;
}

async function* pagesFrom(
  { bucket: { s3, name: Bucket } }: FilesContext,
  cursor: string | undefined,
): AsyncGenerator<Page> {
  let after = cursor;
  do {
    const list = { Bucket, Prefix: 'outbox/', EncodingType: 'url', StartAfter: after } as const;
    const { Contents = [], IsTruncated = false } = await s3.send(new ListObjectsV2Command(list));
    const found = Contents.map(({ Key, ETag: etag = '', LastModified }) => ({
      ...{ key: decodeKey(Key), etag, modifiedAt: LastModified?.getTime() ?? 0 },
    }));
    const isFirst = after === undefined;
    after = IsTruncated ? found.at(-1)?.key : undefined;
    yield { found, last: after, isOnly: isFirst && after === undefined };
  } while (after !== undefined);
}

/** The objects of a page that need work: objects to handle one by one, and refused objects. */
async function sortOut(context: FilesContext, found: readonly Found[]) {
  const rows = await readRows(
    context,
    found.map(({ key }) => key),
  );
  const toRegister: string[] = [];
  const refused = new Map<string, { refusal: ResultRefusal; puts: RefusedPut[] }>();
  const projects = new Map<string, ReturnType<typeof projectOf>>();
  for (const put of found) {
    const { key } = put;
    const row = rows.get(key);
    const name = readOutboxKey(key);
    if (!name || (row && isResult(row) && stepFor(put, row) === 'leave')) continue;
    let refusal: ResultRefusal | undefined;
    if ('found' in name) refusal = name;
    else if (row && !isResult(row)) refusal = fileOfDst(name.projectNo);
    else if (!row) {
      const project = projects.get(name.projectNo) ?? projectOf(context, name.projectNo);
      projects.set(name.projectNo, project);
      refusal = (await project)(put);
    }
    if (!refusal) toRegister.push(key);
    else {
      const others = refused.get(refusal.subject)?.puts ?? [];
      refused.set(refusal.subject, { refusal, puts: [...others, { ...put, detail: refusal.detail }] });
    }
  }
  return { toRegister, refused: [...refused.values()] };
}

/** @returns a function that gives the refusal of an unregistered object; undefined for an object to be handled */
async function projectOf(context: FilesContext, projectNo: string): Promise<(put: Found) => ResultRefusal | undefined> {
  const project = await readProject(context, projectNo);
  if (project) return (put) => refusalByTime(project, put);
  const deletion = await deletionOf(context, projectNo);
  return () => (deletion ? undefined : noProject(projectNo));
}

/** Key of the item in the table `control` that stores where the next sweep begins. */
const cursorKey = { name: 'outbox-sweep' };

async function readCursor({ db, tables }: MessageContext): Promise<string | undefined> {
  return (await getItem<{ after?: string }>(db, tables.control, cursorKey))?.after;
}

async function moveCursor({ db, tables }: MessageContext, after: string | undefined): Promise<void> {
  await db.send(new UpdateCommand({ TableName: tables.control, Key: cursorKey, ...updateExpression({ after }) }));
}
