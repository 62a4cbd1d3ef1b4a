import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonFault } from '../../shared/platform/python-json.ts';

/** As Python 3.12's `json.loads` words them. */
it.each([
  ['', 'Expecting value: line 1 column 1 (char 0)'],
  ['{', 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)'],
  ['{"a"', "Expecting ':' delimiter: line 1 column 5 (char 4)"],
  ['{"a":', 'Expecting value: line 1 column 6 (char 5)'],
  ['{"a":1,}', 'Expecting property name enclosed in double quotes: line 1 column 8 (char 7)'],
  ['[1,]', 'Expecting value: line 1 column 4 (char 3)'],
  ['[1', "Expecting ',' delimiter: line 1 column 3 (char 2)"],
  ['"abc', 'Unterminated string starting at: line 1 column 1 (char 0)'],
  ['"\\x"', 'Invalid \\escape: line 1 column 2 (char 1)'],
  ['"a\nb"', 'Invalid control character at: line 1 column 3 (char 2)'],
  ['{} x', 'Extra data: line 1 column 4 (char 3)'],
  ['{a:1}', 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)'],
  ['"\\u12"', 'Invalid \\uXXXX escape: line 1 column 3 (char 2)'],
  ['01', 'Extra data: line 1 column 2 (char 1)'],
  ['-', 'Expecting value: line 1 column 1 (char 0)'],
  ['{"a":1 "b"}', "Expecting ',' delimiter: line 1 column 8 (char 7)"],
  ['"abc\\', 'Unterminated string starting at: line 1 column 1 (char 0)'],
  ['{\n "😀": tru}', 'Expecting value: line 2 column 7 (char 8)'],
])('the fault of %j is worded as Python does', (text, fault) => {
  expect(jsonFault(text)).toBe(fault);
});

it('every text that is no JSON has a fault inside of it', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .tuple(fc.json(), fc.nat(), fc.string())
      .map(([json, at, other]) => json.slice(0, at) + other + json.slice(at + 1)),
    fc.nat(2_000).map((depth) => '['.repeat(depth)),
  );
  fc.assert(
    fc.property(text, (sent) => {
      const place = /\(char (\d+)\)$/.exec(jsonFault(sent))?.[1] ?? '0';
      expect(Number(place)).toBeLessThanOrEqual(sent.length);
    }),
  );
});
