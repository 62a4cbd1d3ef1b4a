import { createHash } from 'node:crypto';
import { generatePassword } from '../generated-password.ts';

const count = 10;

/** @returns ten codes of 100 random bits, as `ABCDE-FGHJK-LMNPQ-RSTUV`, and the hashes that a table keeps */
export function newRecoveryCodes(): { codes: string[]; hashes: string[] } {
  const codes = Array.from({ length: count }, () => (generatePassword().match(/.{5}/g) ?? []).join('-'));
  return { codes, hashes: codes.map(hashOf) };
}

/** @returns the hashes without that of the code; nothing when the code is none of them */
export function withoutCode(hashes: readonly string[], code: string): string[] | undefined {
  const hash = hashOf(code);
  return hashes.includes(hash) ? hashes.filter((other) => other !== hash) : undefined;
}

/** Hash of a code however its letters and groups are typed. A code of 100 random bits needs no salt and no costly hash. */
const hashOf = (code: string): string =>
  createHash('sha256').update(code.toUpperCase().replaceAll(/[\s-]/g, '')).digest('base64url');
