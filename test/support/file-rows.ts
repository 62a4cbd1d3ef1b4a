import type { FileRow } from '../../shared/files/file.ts';
import { objectKeyOf, outboxPrefix } from '../../shared/files/object-key.ts';
import type { ResultRow } from '../../shared/files/result.ts';

/** The row of a delivered file of project 1001, stored unless told. */
export function fileRow(fileId: string, changes: Partial<FileRow> = {}): FileRow {
  const projectNo = changes.projectNo ?? '1001';
  return {
    fileId,
    projectNo,
    messageId: 'm',
    objectKey: objectKeyOf(projectNo, fileId),
    size: 0,
    checksum: '',
    state: 'stored',
    attempt: 1,
    checksumFailures: 0,
    dueAt: 0,
    bytesDone: changes.size ?? 0,
    position: '0',
    createdAt: 0,
    version: 1,
    ...changes,
  };
}

/** The row of a result of project 1001, sent unless told. */
export function resultRow(fileName: string, changes: Partial<ResultRow> = {}): ResultRow {
  const projectNo = changes.projectNo ?? '1001';
  const key = `${outboxPrefix(projectNo)}${fileName}`;
  return {
    fileId: key,
    objectKey: key,
    projectNo,
    etag: '"e"',
    modifiedAt: 0,
    size: 10,
    state: 'sent',
    attempt: 1,
    failures: 0,
    dueAt: 0,
    bytesDone: 10,
    position: '0',
    createdAt: 0,
    version: 1,
    ...changes,
  };
}
