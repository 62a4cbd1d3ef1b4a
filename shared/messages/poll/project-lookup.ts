import { batchGet } from '../../platform/dynamodb.ts';
import type { MessageContext } from '../context.ts';
import { accessSubject, fileSubject } from '../subject.ts';
import type { StoredProjects } from './predecessors.ts';

/** Project numbers of accesses and files according to the tables, by subject. Unknown subjects are left out. */
export async function lookUpProjects(
  { db, clock, tables }: Pick<MessageContext, 'db' | 'clock' | 'tables'>,
  subjects: ReadonlySet<string>,
): Promise<StoredProjects> {
  const accesses = keysOf(subjects, accessSubject(''), 'accessIdentifier');
  const files = keysOf(subjects, fileSubject(''), 'fileId');
  const [users, fileRows] = await Promise.all([
    batchGet<{ accessIdentifier: string; projectNo: string }>(db, clock, tables.users, accesses, [
      'accessIdentifier',
      'projectNo',
    ]),
    batchGet<{ fileId: string; projectNo: string }>(db, clock, tables.files, files, ['fileId', 'projectNo']),
  ]);
  return new Map<string, string | undefined>([
    ...[...subjects].map((subject) => [subject, undefined] as const),
    ...users.map((user) => [accessSubject(user.accessIdentifier), user.projectNo] as const),
    ...fileRows.map((file) => [fileSubject(file.fileId), file.projectNo] as const),
  ]);
}

const keysOf = (subjects: ReadonlySet<string>, prefix: string, attribute: string) =>
  [...subjects]
    .filter((subject) => subject.startsWith(prefix))
    .map((subject) => ({ [attribute]: subject.slice(prefix.length) }));
