import type { FileRow } from '../file.ts';
import type { ResultRow } from '../result.ts';
import { isResult } from '../rows.ts';

/**
 * Whether a task on Fargate sends a file to the portal. An upload to the portal cannot be resumed, so a file that may need more
 * than the 15 minutes of a Lambda function is sent by a task, which has days.
 *
 * @param taskAboveBytes the largest size that a Lambda function sends
 */
export const isSentByTask = (row: FileRow | ResultRow, taskAboveBytes: number): boolean =>
  (isResult(row) && row.byTask === true) || (row.size ?? 0) > taskAboveBytes;
