import { backslash, closeBrace, closeBracket, comma, openBrace, openBracket, quote } from './json-characters.ts';

/** Most values of one document: objects, arrays and their elements. A delivery of 62,000 files has as many. */
const maxValues = 250_000;

/** Deepest nesting of one document. Described messages have three levels. */
const maxDepth = 100;

/**
 * Estimates from brackets, commas and strings alone whether parsing a document would take too much memory.
 *
 * @returns the broken rule; undefined if the document may be parsed
 */
export function problemOfSize(text: string): string | undefined {
  let values = 1;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index);
    if (char === quote) index = endOfString(text, index);
    else if (char === openBrace || char === openBracket) {
      values += 1;
      depth += 1;
    } else if (char === closeBrace || char === closeBracket) depth -= 1;
    else if (char === comma) values += 1;
    if (values > maxValues) return `must have no more than ${maxValues} values`;
    if (depth > maxDepth) return 'must not be nested that deep';
  }
  return undefined;
}

/** The colon after a key and a short string or integer, of at most as many characters as an escaped id. */
const shortValue = /[ \t\r\n]*:[ \t\r\n]*("(?:[^"\\]|\\.){0,1536}"|-?\d{1,256}(?=[ \t\r\n,}]))?/y;

/** Longest key that is compared, in characters. */
const longestKey = 64;

/**
 * Finds the JSON texts of short values of a top-level object without parsing it. As in JSON.parse, the last of equal keys
 * counts.
 *
 * @param text may be truncated anywhere
 */
export function findValues(text: string, names: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index);
    if (char === quote) {
      const end = endOfString(text, index);
      const name = depth === 1 && end - index <= longestKey ? keyOf(text.slice(index, end + 1)) : undefined;
      shortValue.lastIndex = end + 1;
      const match = name !== undefined && names.includes(name) ? shortValue.exec(text) : null;
      if (name !== undefined && match?.[1] !== undefined) found.set(name, match[1]);
      else if (name !== undefined && match) found.delete(name);
      index = end;
    } else if (char === openBrace || char === openBracket) depth += 1;
    else if (char === closeBrace || char === closeBracket) depth -= 1;
  }
  return found;
}

function keyOf(text: string): string | undefined {
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Index of the quote that ends a string, or the text's length. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
