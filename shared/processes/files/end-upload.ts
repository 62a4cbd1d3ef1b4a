import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { getItem } from '../../platform/dynamodb.ts';
import type { ProcessContext } from '../context.ts';
import { fileKey, uploadKey } from '../keys.ts';
import type { ProcessWorkRow } from '../rows.ts';
import { finishWork, workRow } from '../work.ts';
import { removeObjects } from './remove-remains.ts';

/** Milliseconds after which an upload that was never completed is removed: long after its address has expired. */
const uploadTime = 24 * 3_600_000;

/** The work that removes what comes of an upload, should it not become a file. */
export function endOfUpload(
  context: Pick<ProcessContext, 'clock'>,
  { projectID, processID, fileID }: { projectID: string; processID: string; fileID: string },
): ProcessWorkRow {
  const work = { kind: 'end-upload', data: { fileID }, after: uploadTime } as const;
  const row = workRow(context, { projectID, processID }, 0, work);
  return { ...row, item: `${row.item}#${fileID}` };
}

/** Work a day after an upload was begun: what came too late, or to nobody, is deleted. */
export async function endUpload(context: ProcessContext, work: ProcessWorkRow): Promise<void> {
  const { db, tables } = context;
  const { projectID, processID = '', data } = work;
  const { fileID = '' } = data;
  // Without its row nobody completes it any more.
  await db.send(new DeleteCommand({ TableName: tables.processes, Key: uploadKey(projectID, processID, fileID) }));
  const file = await getItem(db, tables.processes, { ...fileKey(projectID, processID, fileID) });
  if (!file) await removeObjects(context.attachments, [{ processID, fileID }]);
  await finishWork(context, work);
}
