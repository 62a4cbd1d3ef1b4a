import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../shared/platform/errors.ts';
import { escapeId, idSchema } from '../../shared/portal/id.ts';

const hostile = [
  '../',
  '..\\',
  '%2f',
  '%2e%2e',
  '%',
  'a b',
  '"\'`',
  '😀',
  '\0',
  '\r\n',
  'a/b?c#d',
  '…',
  '?',
  '#',
  '...',
];
const idText = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((id) => idSchema.safeParse(id).success);

describe('an id', () => {
  it.each(['.', '..', '', 'x'.repeat(257), 'é'.repeat(129), '\ud800', 'a\udc00b'])('is not %j', (id) => {
    expect(idSchema.safeParse(id).success).toBe(false);
    expect(() => escapeId(id)).toThrow(InvalidInputError);
  });

  it.each([...hostile, 'x'.repeat(256), 'é'.repeat(128)])('may be %j and is kept exactly', (id) => {
    expect(idSchema.parse(id)).toBe(id);
    expect(decodeURIComponent(escapeId(id))).toBe(id);
  });
});

describe('an escaped id', () => {
  it('is one segment of a URL path that leads back to the id', () => {
    fc.assert(
      fc.property(fc.oneof(idText, fc.constantFrom(...hostile)), (id) => {
        const { pathname, search, hash } = new URL(`https://portal.example/api/messages/${escapeId(id)}/end`);
        const [, api, messages, segment = '', end, ...more] = pathname.split('/');
        expect([api, messages, decodeURIComponent(segment), end, more]).toEqual(['api', 'messages', id, 'end', []]);
        expect(search + hash).toBe('');
      }),
    );
  });

  it('is another for every other id', () => {
    fc.assert(
      fc.property(idText, idText, (one, other) => {
        expect(escapeId(one) === escapeId(other)).toBe(one === other);
      }),
    );
  });
});
