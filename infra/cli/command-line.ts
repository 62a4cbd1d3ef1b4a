import type { Target } from './target/find-stack.ts';

/** Stack of a command line that names neither a stack nor a data directory. */
export const defaultStack = 'dst-gateway';

/** Beginning of every command line. */
export const invocation = 'npm run operator --';

/** Stands for a reason in command lines that are shown; `--reason` refuses it. */
export const placeholder = '…';

/**
 * A command line that an operator can paste, about the gateway that the command at hand is about.
 *
 * @param command its words and options
 * @param id its argument, where it has one
 */
export function commandLine({ dataDirectory, stack }: Target, command: readonly string[], id?: string): string {
  const where =
    dataDirectory !== undefined ? ['--data-dir', dataDirectory] : stack === defaultStack ? [] : ['--stack', stack];
  // An id that begins with a dash would be taken for an option.
  const argument = id === undefined ? [] : id.startsWith('-') ? ['--', id] : [id];
  const [words, options] = splitAtOptions(command);
  const all = id?.startsWith('-')
    ? [...words, ...options, ...where, ...argument]
    : [...words, ...argument, ...options, ...where];
  return [invocation, ...all.map(shellWord)].join(' ');
}

function splitAtOptions(command: readonly string[]): [readonly string[], readonly string[]] {
  const first = command.findIndex((word) => word.startsWith('--'));
  return first < 0 ? [command, []] : [command.slice(0, first), command.slice(first)];
}

/** A word as bash and zsh read it back, whatever is in it; nothing in it can do anything to a terminal. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) return `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const escaped = text.replace(/[\\']/g, String.raw`\$&`).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escapeCharacter);
  return `$'${escaped}'`;
}

const escapeCharacter = (character: string) => `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
