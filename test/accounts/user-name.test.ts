import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldUserName, isAllowedUserName } from '../../shared/accounts/user-name.ts';

describe('a user name', () => {
  it.each(['bob', 'Bob', 'søren', 'γιώργος', 'иван', '王芳', 'a.b_c-d+e@f.example', '7', 'ｂｏｂ', 'x'.repeat(64)])(
    '%s is allowed',
    (name) => {
      expect(isAllowedUserName(name)).toBe(true);
    },
  );

  it.each([
    '',
    ' ',
    'a b',
    'a/b',
    '../x',
    'a%2fb',
    '.',
    '-x',
    '__proto__',
    'x'.repeat(65),
    'bоb',
    'a\u0000b',
    '\ud800',
  ])('%j is not', (name) => {
    expect(isAllowedUserName(name)).toBe(false);
  });

  it.each(['new', 'NEW', 'permissions', 'resenddpassword', 'enalble', 'ＲＯＯＴ', 'undefined'])(
    '%s is reserved',
    (name) => {
      expect(isAllowedUserName(name)).toBe(false);
    },
  );

  it('has one form, however often it is folded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(foldUserName(foldUserName(name))).toBe(foldUserName(name));
      }),
    );
  });

  it('is the same in other letters of the same name', () => {
    expect(foldUserName('Ｂob')).toBe(foldUserName('boB'));
  });
});
