/** Place of the first fault of a text that is no JSON. */
class Fault extends Error {
  readonly at: number;

  constructor(text: string, at: number) {
    super(text);
    this.at = at;
  }
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const literals = ['null', 'true', 'false', 'NaN', 'Infinity', '-Infinity'];

/**
 * Words a fault of JSON as Python's `json` module does: `Expecting value: line 1 column 1 (char 0)`.
 *
 * @param text that `JSON.parse` refuses
 */
export function jsonFault(text: string): string {
  try {
    const end = space(text, valueEnd(text, space(text, 0), 0));
    if (end < text.length) throw new Fault('Extra data', end);
  } catch (error) {
    if (error instanceof Fault) return describe(error, text);
    throw error;
  }
  // Python takes NaN and infinite numbers.
  return 'Out of range float values are not JSON compliant';
}

function describe({ message, at }: Fault, text: string): string {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  // Python counts code points.
  const column = [...before.slice(before.lastIndexOf('\n') + 1)].length + 1;
  return `${message}: line ${line} column ${column} (char ${[...before].length})`;
}

function space(text: string, from: number): number {
  let at = from;
  while (' \t\n\r'.includes(text.charAt(at)) && at < text.length) at += 1;
  return at;
}

/** Objects and arrays within one another; deeper ones are no matter of their text. */
const maxDepth = 500;

/** @returns where the value that begins at a place ends */
function valueEnd(text: string, at: number, depth: number): number {
  const first = text.charAt(at);
  if (first === '"') return stringEnd(text, at + 1);
  if (depth > maxDepth) throw new Fault('Maximum depth exceeded', at);
  if (first === '{') return objectEnd(text, at + 1, depth + 1);
  if (first === '[') return arrayEnd(text, at + 1, depth + 1);
  const literal = literals.find((each) => text.startsWith(each, at));
  if (literal !== undefined) return at + literal.length;
  number.lastIndex = at;
  const found = number.exec(text);
  if (!found) throw new Fault('Expecting value', at);
  return at + found[0].length;
}

function stringEnd(text: string, begin: number): number {
  for (let at = begin; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') return at + 1;
    if (character < ' ') throw new Fault('Invalid control character at', at);
    if (character !== '\\') continue;
    at += 1;
    const escaped = text.charAt(at);
    if (escaped === 'u') {
      if (!/^[0-9a-fA-F]{4}/.test(text.slice(at + 1, at + 5))) throw new Fault('Invalid \\uXXXX escape', at);
      at += 4;
    } else if (escaped !== '' && !'"\\/bfnrt'.includes(escaped)) throw new Fault('Invalid \\escape', at - 1);
  }
  throw new Fault('Unterminated string starting at', begin - 1);
}

function objectEnd(text: string, begin: number, depth: number): number {
  let at = space(text, begin);
  if (text.charAt(at) === '}') return at + 1;
  for (;;) {
    if (text.charAt(at) !== '"') throw new Fault('Expecting property name enclosed in double quotes', at);
    at = space(text, stringEnd(text, at + 1));
    if (text.charAt(at) !== ':') throw new Fault("Expecting ':' delimiter", at);
    at = space(text, valueEnd(text, space(text, at + 1), depth));
    if (text.charAt(at) === '}') return at + 1;
    if (text.charAt(at) !== ',') throw new Fault("Expecting ',' delimiter", at);
    at = space(text, at + 1);
  }
}

function arrayEnd(text: string, begin: number, depth: number): number {
  let at = space(text, begin);
  if (text.charAt(at) === ']') return at + 1;
  for (;;) {
    at = space(text, valueEnd(text, at, depth));
    if (text.charAt(at) === ']') return at + 1;
    if (text.charAt(at) !== ',') throw new Fault("Expecting ',' delimiter", at);
    at = space(text, at + 1);
  }
}
