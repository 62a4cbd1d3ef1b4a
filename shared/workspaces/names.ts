/** Bytes: of a part of a name, as file systems have them, and of a whole name. */
const longestPart = 255;
const longestName = 512;

/**
 * Whether a name is safe as a relative path on any file system: parts with slashes between, none of them empty, `.` or `..`,
 * without backslashes, control characters and characters that hide or reorder others.
 */
export function isSafeName(name: string): boolean {
  if (name === '' || !name.isWellFormed() || Buffer.byteLength(name) > longestName) return false;
  if (/[\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)) return false;
  return name
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= longestPart);
}

/**
 * The rule of the documented API that a name of a file or link breaks, or of ours.
 *
 * @param kind begins the texts: `File` or `Symlink`
 */
export function nameProblem(kind: 'File' | 'Symlink', name: string): string | undefined {
  if (name.includes('..')) return `${kind} name cannot contain double dots.`;
  if (name.startsWith('/')) return `Invalid file path specified ${name}`;
  if (isSafeName(name)) return undefined;
  if (kind === 'File') return `Invalid file path specified ${name}`;
  return `Invalid symlink destination path specified ${name.slice(name.lastIndexOf('/') + 1)}`;
}
