import { createHash } from 'node:crypto';
import { escapeId } from '../portal/id.ts';

/** Key prefixes of a project's objects and of the results that its researchers send. */
export const projectPrefix = (projectNo: string) => `projects/${segment(projectNo)}/`;
export const outboxPrefix = (projectNo: string) => `outbox/${segment(projectNo)}/`;

export const objectKeyOf = (projectNo: string, fileId: string) => `${projectPrefix(projectNo)}files/${segment(fileId)}`;

/** Longest escaped id in a key. With the fixed parts, two make a key of less than 1,024 bytes (S3 user guide). */
const longestSegment = 400;

/** An id as one segment of a key. A very long id is replaced by its hash with a prefix of `%` that no escaped id has. */
function segment(id: string): string {
  const escaped = escapeId(id);
  return escaped.length <= longestSegment ? escaped : `%sha256-${createHash('sha256').update(id).digest('hex')}`;
}
