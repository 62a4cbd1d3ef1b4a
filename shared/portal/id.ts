import * as z from 'zod';
import { InvalidInputError } from '../platform/errors.ts';

const maxIdBytes = 256;

/**
 * An id as the portal sent it, whatever its form: well-formed Unicode, 1 to 256 bytes of UTF-8.
 * `.` and `..` are refused: as a path segment they address another resource, and URL parsers resolve them even as `%2e`.
 */
export const idSchema = z
  .string('must be a string or an integer')
  .refine((id) => id.isWellFormed(), 'must be well-formed Unicode')
  .refine((id) => id !== '.' && id !== '..', 'must not be "." or ".."')
  .refine((id) => {
    const bytes = Buffer.byteLength(id);
    return bytes >= 1 && bytes <= maxIdBytes;
  }, `must have 1 to ${maxIdBytes} bytes`);

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

export const isUuid = (id: string): boolean => uuid.test(id);

/** The canonical form of an id, used for all keys: UUIDs that differ only in letter case are the same id (RFC 9562). */
export const foldId = (id: string): string => (isUuid(id) ? id.toLowerCase() : id);

/** The id in the portal's letter case, if it differs from the folded id. */
export const portalIdOf = (id: string): { portalId?: string } => (foldId(id) === id ? {} : { portalId: id });

/**
 * Escapes an id as one segment of a URL path or an object key. Different ids stay different, and `decodeURIComponent` restores
 * the id.
 * @throws InvalidInputError for what `idSchema` refuses
 */
export function escapeId(id: string): string {
  const { error } = idSchema.safeParse(id);
  if (error) throw new InvalidInputError(`id: ${error.issues[0]?.message}`);
  return encodeURIComponent(id);
}
