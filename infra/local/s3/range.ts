import { S3Error } from './errors.ts';

/**
 * The bytes that a Range header asks for, first and last included; undefined when all are to be sent: no header, one that is no
 * single byte range, as RFC 9110, 14.2 has it.
 * @throws S3Error InvalidRange when no byte of the object is in the range
 */
export function parseRange(text: string | undefined, size: number): { first: number; last: number } | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(text ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  if (from === '') return satisfiable(Math.max(size - Number(to), 0), size - 1, size);
  if (to !== '' && Number(to) < Number(from)) return undefined;
  return satisfiable(Number(from), to === '' ? size - 1 : Math.min(Number(to), size - 1), size);
}

function satisfiable(first: number, last: number, size: number): { first: number; last: number } {
  if (first >= size) {
    throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable', { ActualObjectSize: `${size}` });
  }
  return { first, last };
}
