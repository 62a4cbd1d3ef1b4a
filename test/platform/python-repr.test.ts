import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKeepingNumbers, pythonRepr } from '../../shared/platform/python-repr.ts';

/** Each text is what Python 3.11 prints for `repr(json.loads(…))`. */
const printed: [json: string, repr: string][] = [
  ['"bob"', "'bob'"],
  [`"it's"`, `"it's"`],
  [String.raw`"a\"b"`, `'a"b'`],
  [String.raw`"a'\"b"`, String.raw`'a\'"b'`],
  [String.raw`"back\\slash"`, String.raw`'back\\slash'`],
  [String.raw`"\n\r\t\u0000\u007f\u00a0\u00ad\u2028"`, String.raw`'\n\r\t\x00\x7f\xa0\xad\u2028'`],
  ['"é😀"', "'é😀'"],
  ['null', 'None'],
  ['[true, false, []]', '[True, False, []]'],
  [`{"a'b": [1, null], "c": {}}`, `{"a'b": [1, None], 'c': {}}`],
  ['5', '5'],
  ['5.0', '5.0'],
  ['5e0', '5.0'],
  ['-0', '0'],
  ['-0.0', '-0.0'],
  ['12345678901234567890', '12345678901234567890'],
  ['0.0001', '0.0001'],
  ['0.000123', '0.000123'],
  ['1e-5', '1e-05'],
  ['1e15', '1000000000000000.0'],
  ['1e16', '1e+16'],
  ['1.2345678901234568e17', '1.2345678901234568e+17'],
  ['1E400', 'inf'],
];

describe('a value as Python prints it', () => {
  it.each(printed)('%s is %s', (json, repr) => {
    expect(pythonRepr(parseKeepingNumbers(json))).toBe(repr);
  });

  it('reads back as the same text, whatever it has', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const repr = pythonRepr(text);
        expect(unquote(repr)).toBe(text);
        expect(repr).not.toMatch(/[\p{Cc}\u2028]/u);
      }),
    );
  });
});

function unquote(repr: string): string {
  const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' };
  return repr
    .slice(1, -1)
    .replace(/\\(x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8}|.)/gu, (_escape, code: string) =>
      code.length > 1 ? String.fromCodePoint(Number.parseInt(code.slice(1), 16)) : (escapes[code] ?? code),
    );
}
