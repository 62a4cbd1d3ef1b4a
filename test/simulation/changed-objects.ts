import { createHash } from 'node:crypto';
import type { FileRow } from '../../shared/files/file.ts';
import { isResult } from '../../shared/files/rows.ts';
import { canonicalId } from './ids.ts';
import { rows } from './invariants/rows.ts';
import type { Random } from './random.ts';
import { filesBucket } from './simulated-services.ts';
import type { World } from './world.ts';

/** Changes of a stored file's object by other tools than the gateway. */
export interface ChangedObject {
  fileId: string;
}

/** Somebody removes the object of a stored file, or puts another one in its place. */
export function meddle(world: World, random: Random): void {
  const fault = world.faults.draw('objects', ['object gone', 'object replaced']);
  if (!fault) return;
  const stored = rows<FileRow>(world, 'files').filter(
    (row) => row.state === 'stored' && !isResult(row) && world.s3.objects.has(objectPathOf(row)),
  );
  if (stored.length === 0) return;
  const row = random.pick(stored);
  const place = objectPathOf(row);
  const object = world.s3.objects.get(place);
  if (!object) return;
  // Then nothing but the bytes themselves tells of it.
  const isHidden = fault === 'object replaced' && random.chance(0.5);
  world.changedObjects.push({ fileId: canonicalId(row.fileId) });
  if (fault === 'object gone') return void world.s3.objects.delete(place);
  const bytes = isHidden ? Buffer.from(`${object.bytes}`.toUpperCase()) : Buffer.from('something else');
  const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
  world.s3.objects.set(place, { ...object, bytes, etag, md5: isHidden ? object.md5 : undefined });
}

const objectPathOf = ({ objectKey }: Pick<FileRow, 'objectKey'>) => `${filesBucket}/${objectKey}`;

/** Whether the object of a file was changed by somebody. */
export const isChanged = ({ changedObjects }: World, fileId: string): boolean =>
  changedObjects.some((changed) => changed.fileId === canonicalId(fileId));
