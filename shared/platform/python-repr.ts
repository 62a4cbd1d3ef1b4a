/** A JSON number as its source text, so that Python's integers and floats stay apart. */
class JsonNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** Parses JSON like `JSON.parse`, but keeps each number as its source text. */
export function parseKeepingNumbers(text: string): unknown {
  return JSON.parse(text, (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && context?.source !== undefined ? new JsonNumber(context.source) : value,
  );
}

/**
 * Formats a JSON value like Python's `repr`: texts in single quotes, `None`, `True`, `False`, floats with a point.
 *
 * @param value from `parseKeepingNumbers` or `JSON.parse`; a JavaScript number without a fraction is printed as an integer
 */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return textRepr(value);
  if (value instanceof JsonNumber) return numberRepr(value.source);
  if (typeof value === 'number') return numberRepr(String(value));
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  const entries = Object.entries(value).map(([key, item]) => `${textRepr(key)}: ${pythonRepr(item)}`);
  return `{${entries.join(', ')}}`;
}

/** Python uses double quotes for a text with single quotes and no double quotes. */
function textRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = Array.from(text, (character) => {
    if (character === quote || character === '\\') return `\\${character}`;
    return isPrintable(character) ? character : escaped(character);
  });
  return `${quote}${body.join('')}${quote}`;
}

/** Python's `str.isprintable`: the space, and all characters except the categories Other and Separator. */
const isPrintable = (character: string): boolean => character === ' ' || !/[\p{C}\p{Z}]/u.test(character);

const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hexadecimal = (digits: number) => code.toString(16).padStart(digits, '0');
  if (named[character]) return named[character];
  if (code < 0x100) return `\\x${hexadecimal(2)}`;
  return code < 0x10000 ? `\\u${hexadecimal(4)}` : `\\U${hexadecimal(8)}`;
}

function numberRepr(source: string): string {
  if (/^-?\d+$/.test(source)) return source === '-0' ? '0' : source;
  const number = Number(source);
  if (!Number.isFinite(number)) return number > 0 ? 'inf' : '-inf';
  const [digits = '', exponent = '0'] = number.toExponential().split('e');
  const power = Number(exponent);
  // Python prints an exponent from 1e16 and below 1e-4.
  if (power >= 16 || power < -4) return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  const text = Object.is(number, -0) ? '-0' : String(number);
  return text.includes('.') ? text : `${text}.0`;
}
