import type { FileRow } from '../../../shared/files/file.ts';
import type { Item } from '../expressions.ts';
import { isEnabled } from '../file-kinds.ts';
import { simulatedChunk } from '../files-sent.ts';
import { canonicalId } from '../ids.ts';
import type { World } from '../world.ts';

/** How often a file is fetched, at most, when nothing goes wrong any more. */
const maxFetches = 12;

/**
 * Every loop that gets nowhere ends in an incident: when nothing goes wrong any more, whatever ETags the portal gives the same
 * bytes, a file is not fetched again and again.
 */
export function* endlessDownloads({ portal: { files } }: World) {
  for (const [fileId, bytes] of files.bytesSinceCalm()) {
    const size = (files.contents.get(fileId)?.length ?? 0) + simulatedChunk;
    if (bytes > maxFetches * size) yield `${fileId}, of ${size} bytes, is fetched without end: ${bytes} bytes so far`;
  }
}

/** Milliseconds for which a download may go on that brings a byte now and then. */
const longestDrip = 10 * 60_000;

/** A download that drips is given up: it would keep its slot for ever. */
export function violationOfDrip({ portal: { files }, scheduler }: World): string | undefined {
  for (const { fileId, since, process } of files.dripping)
    if (process.isAlive && scheduler.now - since > longestDrip) return `${fileId} drips, and nobody gives it up`;
  return undefined;
}

/** Only a whole body of the announced length may count as wrong content: a page, or a part of the file, is none. */
export function violationOfChecksum(
  world: World,
  after: Item | undefined,
  before: Item | undefined,
): string | undefined {
  const { fileId = '', checksumFailures = 0 } = (after ?? {}) as Partial<FileRow>;
  const isLooked = isEnabled('short without length') || isEnabled('download a page');
  if (!isLooked || !before || checksumFailures <= ((before.checksumFailures as number) ?? 0)) return undefined;
  // Stored parts of other content count again if that could not be recorded: the next attempt continues from them.
  if (before.resume !== undefined) return undefined;
  const counted = (world.checksumFailures.get(fileId) ?? 0) + 1;
  world.checksumFailures.set(fileId, counted);
  if (counted <= (world.portal.files.othersSent.get(canonicalId(fileId)) ?? 0)) return undefined;
  return `${fileId} counts ${counted} times as wrong, which it was not so often`;
}
