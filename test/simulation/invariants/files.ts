import type { FileRow } from '../../../shared/files/file.ts';
import { objectKeyOf, projectPrefix } from '../../../shared/files/object-key.ts';
import { isResult } from '../../../shared/files/rows.ts';
import type { MessageRecord } from '../../../shared/messages/record.ts';
import type { MessageContent } from '../../../shared/portal/message-schema.ts';
import type { ProjectRow } from '../../../shared/projects/project.ts';
import { isChanged } from '../changed-objects.ts';
import type { Item } from '../expressions.ts';
import { fileContent } from '../files-sent.ts';
import { filesBucket } from '../simulated-services.ts';
import type { World } from '../world.ts';
import { rows } from './rows.ts';

const objects = `${filesBucket}/projects/`;

const rowsOf = (world: World) => rows<FileRow & Record<string, unknown>>(world, 'files');

/** Invariant 6: an object is visible under its final key only when its bytes are those that the portal announced. */
export function violationOfPut(place: string, bytes: Buffer): string | undefined {
  if (!place.startsWith(objects)) return undefined;
  const fileId = decodeURIComponent(place.slice(place.lastIndexOf('/') + 1));
  if (bytes.equals(fileContent(fileId))) return undefined;
  return `${place} became visible with other bytes than announced`;
}

/** A file that is stored by the table is in the bucket: its row becomes `deleting` before the object is deleted. */
export function violationOfDelete(world: World, place: string): string | undefined {
  const isStored = rowsOf(world).some(
    ({ objectKey, state }) => place === `${filesBucket}/${objectKey}` && state === 'stored',
  );
  return isStored ? `${place} is deleted while the table says that it is stored` : undefined;
}

/** Invariant 3: a delivery's files are all stored, but those deleted meanwhile; what was to be returned, the portal has. */
export function violationOfFilesMark(
  world: World,
  { messageId, settledAt, position }: MessageRecord,
  content: MessageContent,
): string | undefined {
  if (world.superseded.has(messageId) || world.dismissed.has(messageId) || settledAt === undefined) return undefined;
  if (content.type === 'ReturnDataFile') {
    const { fileId } = content.data;
    const isBack = world.portal.returned.has(`${fileId} ${fileContent(fileId)}`);
    if (!isBack) return `${messageId} is marked before ${fileId} was given back`;
  }
  if (content.type !== 'DataDeliveryReady') return undefined;
  const places = new Map(rows<MessageRecord>(world, 'messages').map((record) => [record.messageId, record.position]));
  // A file that was deleted may be on its way anew, by a later delivery or by an older one that a person let go on.
  const isOwn = (row: FileRow) => (places.get(row.messageId) ?? '') <= position && row.createdAt <= settledAt;
  const files = new Map(rowsOf(world).map((row) => [row.fileId, row]));
  const missing = content.data.files.find(({ fileId }) => {
    const row = files.get(fileId);
    const isStored = row?.storedAt !== undefined && world.s3.objects.has(`${filesBucket}/${row.objectKey}`);
    return row && isOwn(row) && row.state !== 'deleting' && !isStored && !isChanged(world, fileId);
  });
  return missing && `${messageId} is marked before ${missing.fileId} was stored`;
}

const placesOf = (content: MessageContent | undefined): string[] =>
  content?.type === 'DataDeliveryReady'
    ? content.data.files.map(({ fileId }) => `${filesBucket}/${objectKeyOf(content.data.projectNo, fileId)}`)
    : [];

/** The bucket holds exactly the stored files of the table, and no upload is left. */
export function* strayObjects(world: World) {
  const files = rowsOf(world);
  const objectPathOf = ({ objectKey }: FileRow) => `${filesBucket}/${objectKey}`;
  const stored = new Set(files.filter(({ state }) => state === 'stored').map(objectPathOf));
  const known = new Set(files.map(objectPathOf));
  // A file given up with its delivery may have arrived nevertheless: `reconcile` reports it.
  const givenUp = new Set([...world.dismissed].flatMap((messageId) => placesOf(world.sent.get(messageId)?.content)));
  const changed = new Set(files.filter(({ fileId }) => isChanged(world, fileId)).map(objectPathOf));
  for (const place of stored) if (!world.s3.objects.has(place) && !changed.has(place)) yield `${place} is missing`;
  // Only a lease keeps a deletion from passing a copy, and a clock that is wrong by more than a lease makes it worth nothing.
  for (const place of world.isSkewed ? [] : world.s3.objects.keys()) {
    if (place.startsWith(objects) && !known.has(place) && !givenUp.has(place)) yield `${place} is left over`;
  }
  // A deletion at rest waits for a person, and has an incident.
  const deleting = new Set(files.filter(({ state }) => state === 'deleting').map(objectPathOf));
  const ofDeleting = rows<ProjectRow>(world, 'projects')
    .filter(({ state }) => state === 'deleting')
    .map(({ projectNo }) => `${filesBucket}/${projectPrefix(projectNo)}`);
  for (const { place, parts } of world.isSkewed ? [] : world.s3.multipart.uploads.values()) {
    if (deleting.has(place) || ofDeleting.some((prefix) => place.startsWith(prefix))) continue;
    // One that nobody knows of, for it was begun twice or after it was given up, holds nothing; it goes with the file, or by the
    // bucket's rule.
    if (parts.size > 0 || !(known.has(place) || givenUp.has(place))) yield `an upload of ${place} is left over`;
  }
}

/** A returned file has the bytes that DST delivered. */
export function violationOfReturn(fileId: string, content: string): string | undefined {
  const isRight = fileContent(fileId).equals(Buffer.from(content));
  return isRight ? undefined : `DST got ${fileId} back with other bytes than it delivered`;
}

/** A file that is given up leaves no parts: nothing would abort their upload later. */
export function violationOfGivingUp(world: World, after: Item | undefined): string | undefined {
  if (after?.state !== 'failed' || world.isSkewed) return undefined;
  const uploads = [...world.s3.multipart.uploads.values()];
  const isLeft = uploads.some(({ place, parts }) => parts.size > 0 && place === `${filesBucket}/${after.objectKey}`);
  return isLeft ? `${after.fileId} is given up, and its upload stays` : undefined;
}

/** Files as they are, for the comparison with what they should be. */
export const shownFiles = (world: World): { fileId: string; text: string }[] =>
  rowsOf(world)
    .filter((row) => !isResult(row))
    .map(({ fileId, projectNo, state }) => ({ fileId, text: `${fileId} of ${projectNo}, ${state}` }));
