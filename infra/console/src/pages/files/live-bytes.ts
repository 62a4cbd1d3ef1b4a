import { useState } from 'react';
import * as z from 'zod';
import type { DeliveredFile } from '../../api/delivered-files.ts';
import { useLivePush } from '../../live/live.tsx';

const report = z.object({
  transfers: z.array(z.object({ fileId: z.string(), bytesDone: z.number(), bytesPerSecond: z.number().optional() })),
});
/** With the time when it came, in milliseconds since 1970. */
type Moved = z.infer<typeof report>['transfers'][number] & { at: number };

/** How far the copying of files is, by file, as it is pushed each second. */
export function useLiveBytes(): ReadonlyMap<string, Moved> {
  const [moved, setMoved] = useState<ReadonlyMap<string, Moved>>(new Map());
  useLivePush('progress', (push) => {
    const transfers = report.safeParse(push).data?.transfers ?? [];
    const at = Date.now();
    setMoved((before) => new Map([...before, ...transfers.map((each) => [each.fileId, { ...each, at }] as const)]));
  });
  return moved;
}

/**
 * A file with what was pushed about it, unless it was read later. A transfer that goes on after a break may have fewer bytes than before.
 *
 * @param readAt milliseconds since 1970
 */
export function withBytes(file: DeliveredFile, readAt: number, moved: ReadonlyMap<string, Moved>): DeliveredFile {
  const pushed = moved.get(file.file_id);
  if (file.state !== 'copying' || !pushed || pushed.at < readAt) return file;
  const { bytesDone, bytesPerSecond } = pushed;
  return {
    ...file,
    bytes_done: bytesDone,
    ...(bytesPerSecond !== undefined && { bytes_per_second: bytesPerSecond }),
  };
}
