import { updateExpression } from '../../platform/dynamodb.ts';
import { omitUndefined } from '../../portal/json.ts';
import type { ProcessContext } from '../context.ts';
import { refusals } from '../errors.ts';
import { checkDeletion, checkDescription } from '../files/file-rights.ts';
import { checkLists } from '../files/limits.ts';
import { historyTypes } from '../history-entry.ts';
import { fileKey } from '../keys.ts';
import type { Parties } from '../parties.ts';
import { readProcessFiles } from '../read-facts.ts';
import type { ProcessFileRow } from '../rows.ts';
import type { Deletions, RequestedChanges } from './request.ts';
import type { Working } from './working.ts';

/**
 * Changes the descriptions of files, and deletes files. Their bytes come by uploads alone.
 *
 * @throws Refusal with 400 for a file that is not there, 403 for one of the other side, 409 for one that has to stay as it is
 */
export async function applyFiles(
  context: ProcessContext,
  working: Working,
  parties: Parties,
  changed: RequestedChanges['files'] = {},
  deleted: Deletions['files'] = {},
): Promise<void> {
  const ids = { changed: Object.entries(changed), deleted: Object.keys(deleted) };
  if (ids.changed.length === 0 && ids.deleted.length === 0) return;
  const files = new Map((await readProcessFiles(context, working.row)).map((file) => [file.fileID, file]));
  const found = { process: working.row, parties };
  for (const id of ids.deleted) {
    const file = present(files, id);
    checkDeletion(found, file);
    remove(context, working, file);
    files.delete(id);
  }
  for (const [id, fields] of ids.changed) {
    const file = present(files, id);
    checkDescription(found, file);
    describe(context, working, file, omitUndefined(fields));
  }
}

function present(files: ReadonlyMap<string, ProcessFileRow>, id: string): ProcessFileRow {
  const file = files.get(id);
  if (!file) throw refusals.badRequest(`files: there is no file ${id}`);
  return file;
}

function remove({ tables }: ProcessContext, working: Working, file: ProcessFileRow): void {
  const { projectID, processID } = working.row;
  const { fileID } = file;
  const details = { deletion: historyTypes.FILE, content: fileID };
  working.append(
    { event: 'file removed', type: 'DELETION', key: 'files', data: {}, old: nameOf(file), details },
    () => [
      {
        Delete: {
          TableName: tables.processes,
          Key: fileKey(projectID, processID, fileID),
          ConditionExpression: 'attribute_exists(fileID)',
        },
      },
    ],
  );
  working.changeFiles((all) => all.filter((each) => each.fileID !== fileID), {
    kind: 'remove-files',
    part: fileID,
    data: { fileID },
  });
}

function describe(
  { tables }: ProcessContext,
  working: Working,
  file: ProcessFileRow,
  fields: Partial<ProcessFileRow>,
): void {
  const { projectID, processID } = working.row;
  checkLists({ ...file, ...fields });
  const old = Object.fromEntries(Object.keys(fields).map((name) => [name, Reflect.get(file, name)]));
  const data = { id: file.fileID, fileName: file.fileName, ...fields };
  working.append({ event: 'changed', type: 'FILE', key: 'files', data, old }, () => [
    {
      Update: {
        TableName: tables.processes,
        Key: fileKey(projectID, processID, file.fileID),
        ConditionExpression: 'attribute_exists(fileID)',
        ...updateExpression({ ...fields, fileID: file.fileID }),
      },
    },
  ]);
}

const nameOf = ({ fileID, fileName }: ProcessFileRow) => ({ id: fileID, fileName });
