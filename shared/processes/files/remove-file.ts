import { changeProcesses } from '../change.ts';
import type { ProcessContext } from '../context.ts';
import { mergeDetails } from '../details.ts';
import { refusals } from '../errors.ts';
import type { FoundProcess } from '../find-visible.ts';
import { historyTypes, type ProcessHistoryEntry } from '../history-entry.ts';
import { fileKey } from '../keys.ts';
import { isBeforeRequest } from '../machine/status.ts';
import type { ProcessChange } from '../plan.ts';
import { readProcessFiles } from '../read-facts.ts';
import type { Viewer } from '../viewer.ts';
import { checkDeletion } from './file-rights.ts';

/** The process of a file. */
interface ProcessOfFile {
  projectID: string;
  processID: string;
}

/** Deletes a file of a process. Its object goes after the commit. @throws Refusal when it is not there, or the viewer may not */
export async function removeFile(
  context: ProcessContext,
  viewer: Viewer,
  { projectID, processID }: ProcessOfFile,
  fileID: string,
): Promise<void> {
  await changeProcesses(context, viewer, projectID, [processID], (found) => removalOf(context, found, fileID));
}

/** Deletes the service's model. @throws Refusal when there is none, or the viewer may not */
export async function removeModel(context: ProcessContext, viewer: Viewer, place: ProcessOfFile): Promise<void> {
  const { projectID, processID } = place;
  await changeProcesses(context, viewer, projectID, [processID], (found) => {
    const id: unknown = JSON.parse(found.process.serviceDetails).model?.id;
    if (typeof id !== 'string') throw refusals.notFound();
    return removalOf(context, found, id);
  });
}

async function removalOf(context: ProcessContext, found: FoundProcess, fileID: string): Promise<ProcessChange> {
  const { process } = found;
  const { projectID, processID, serviceDetails } = process;
  const file = (await readProcessFiles(context, process)).find((each) => each.fileID === fileID);
  if (!file) throw refusals.notFound();
  checkDeletion(found, file);
  const details = { deletion: historyTypes.FILE, content: fileID };
  const old = { id: fileID, fileName: file.fileName };
  const entries: ProcessHistoryEntry[] = [
    { event: 'file removed', type: 'DELETION', key: 'files', data: {}, old, details },
  ];
  const isModel = JSON.parse(serviceDetails).model?.id === fileID;
  const edited = isBeforeRequest(process.status);
  return {
    ...(edited && { edited, files: (files) => files.filter((each) => each.fileID !== fileID) }),
    ...(isModel && { set: { serviceDetails: mergeDetails('serviceDetails', serviceDetails, { model: {} }) } }),
    entries,
    writes: () => [
      {
        Delete: {
          TableName: context.tables.processes,
          Key: fileKey(projectID, processID, fileID),
          ConditionExpression: 'attribute_exists(fileID)',
        },
      },
    ],
    work: [{ kind: 'remove-files', data: { fileID } }],
  };
}
