import { commonPasswords, commonWords } from './common-passwords.ts';

/** Characters that a password has at least, where it is the only factor (NIST SP 800-63B-4), and at most. */
const minLength = 15;
const maxLength = 256;

/** Characters that must remain of a password without what is guessed first. */
const minRest = 8;

/**
 * Checks a new password. There is no rule on kinds of characters and none on age.
 *
 * @param names the user name, e-mail address and names of its owner
 * @returns the rule that it breaks, as a sentence; nothing when it may be used
 */
export function passwordProblem(password: string, names: readonly (string | undefined)[]): string | undefined {
  const length = Array.from(password.normalize('NFC')).length;
  if (!password.isWellFormed()) return 'must be well-formed Unicode';
  if (length < minLength) return `must have at least ${minLength} characters`;
  if (length > maxLength) return `must have at most ${maxLength} characters`;
  return isCommon(password, names) ? 'must not be a common password, nor be made of one or of your names' : undefined;
}

function isCommon(password: string, names: readonly (string | undefined)[]): boolean {
  const text = fold(password);
  if (commonPasswords.has(text)) return true;
  const own = names.flatMap((name) => fold(name ?? '').split(/[^\p{L}\p{N}]+/u)).filter((part) => part.length >= 3);
  const rest = [...own, ...commonWords].reduce((left, word) => left.replaceAll(word, ''), text);
  return withoutRuns(rest).length < minRest;
}

const fold = (text: string) => text.normalize('NFKC').toLowerCase();

/** A text without repetitions, and without characters that follow the one before in the alphabet, up or down. */
function withoutRuns(text: string): string {
  const once = text.replace(/(.+?)\1+/gsu, '$1');
  const characters = Array.from(once);
  return characters
    .filter((character, index) => index === 0 || !isNear(characters[index - 1] ?? '', character))
    .join('');
}

const isNear = (one: string, other: string) => Math.abs((one.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0)) <= 1;
