/** Names that are path segments, or that people would take for the system's own. */
const reserved = new Set(
  [
    ...['enalble', 'enable', 'disable', 'resenddpassword', 'resendpassword', 'permission', 'permissions', 'new'],
    ...['users', 'user', 'admin', 'authenticate', 'files', 'password', 'password-reset', 'sessions', 'sign-out'],
    ...['organizations', 'me', 'root', 'system', 'null', 'undefined'],
  ].map(foldUserName),
);

/** Alphabets of which a name may use one: letters of two look alike too often. */
const alphabets = ['Latin', 'Greek', 'Cyrillic', 'Arabic', 'Hebrew', 'Devanagari', 'Han', 'Hangul', 'Thai'].map(
  (script) => new RegExp(`^[\\p{Script=${script}}\\p{Script=Common}\\p{Script=Inherited}]+$`, 'u'),
);

/**
 * The form in which user names are compared: compatibility characters replaced (Unicode NFKC), in small letters. Two names
 * with one form are one name.
 */
export function foldUserName(userName: string): string {
  return userName.normalize('NFKC').toLowerCase().normalize('NFKC');
}

/** The rule of `isAllowedUserName`, for people. */
export const userNameRule =
  'have 1 to 64 letters, digits and ._@+- of one alphabet, begin with a letter or a digit, and be none of the reserved names';

/** Whether a new account may have this name, by `userNameRule`. */
export function isAllowedUserName(userName: string): boolean {
  const folded = foldUserName(userName);
  return (
    userName.isWellFormed() &&
    /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]{0,63}$/u.test(folded) &&
    alphabets.some((alphabet) => alphabet.test(folded)) &&
    !reserved.has(folded)
  );
}
