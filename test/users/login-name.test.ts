import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loginNameOf } from '../../shared/users/login-name.ts';

describe('login names', () => {
  const anyId = fc.string({ unit: 'binary', minLength: 1, maxLength: 64 });

  it('are the same each time, and valid on every common Unix', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        expect(loginNameOf(id)).toBe(loginNameOf(id));
        expect(loginNameOf(id)).toMatch(/^dst[a-z2-7]{13}$/);
      }),
    );
  });

  it('differ for identifiers that differ, by however little', () => {
    fc.assert(fc.property(anyId, anyId, (a, b) => (loginNameOf(a) === loginNameOf(b)) === (a === b)));
    const names = new Set(Array.from({ length: 20_000 }, (_, index) => loginNameOf(`${index}`)));
    expect(names.size).toBe(20_000);
    expect(loginNameOf('A')).not.toBe(loginNameOf('a'));
    expect(loginNameOf('a ')).not.toBe(loginNameOf('a'));
  });
});
