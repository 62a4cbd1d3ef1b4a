import { useState } from 'react';
import * as z from 'zod';
import type { File } from '../../api/operate-shapes.ts';
import { useLivePush } from '../../live/live.tsx';

const report = z.object({
  transfers: z.array(
    z.object({
      fileId: z.string(),
      bytesDone: z.number(),
      bytesTotal: z.number().optional(),
      bytesPerSecond: z.number().optional(),
    }),
  ),
});
/** With the time when it came, in milliseconds since 1970. */
type Progress = z.infer<typeof report>['transfers'][number] & { at: number };

/**
 * How far transfers are, by file, as it is pushed.
 *
 * @param onNew reads the transfers anew: one is pushed that is not shown yet
 */
export function useLiveProgress(shown: readonly File[], onNew: () => unknown): ReadonlyMap<string, Progress> {
  const [progress, setProgress] = useState<ReadonlyMap<string, Progress>>(new Map());
  useLivePush('progress', (push) => {
    const transfers = report.safeParse(push).data?.transfers ?? [];
    const known = new Set(shown.map(({ fileId }) => fileId));
    if (transfers.some(({ fileId }) => !known.has(fileId))) onNew();
    const at = Date.now();
    setProgress((before) => new Map([...before, ...transfers.map((each) => [each.fileId, { ...each, at }] as const)]));
  });
  return progress;
}

/**
 * A file with what was pushed about it, unless it was read later. A transfer that goes on after a break may have fewer bytes than before.
 *
 * @param readAt milliseconds since 1970
 */
export function withProgress(file: File, readAt: number, progress: ReadonlyMap<string, Progress>): File {
  const pushed = progress.get(file.fileId);
  if (!pushed || pushed.at < readAt) return file;
  const { bytesDone, bytesTotal = file.bytes, bytesPerSecond } = pushed;
  return {
    ...file,
    bytesDone,
    ...(bytesTotal !== undefined && { bytes: bytesTotal }),
    ...(bytesPerSecond !== undefined && { bytesPerSecond }),
    ...(bytesTotal !== undefined && bytesPerSecond
      ? { secondsLeft: Math.max(0, bytesTotal - bytesDone) / bytesPerSecond }
      : {}),
  };
}
