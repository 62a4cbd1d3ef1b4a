import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passwordProblem } from '../../shared/accounts/password-rules.ts';

describe('a new password', () => {
  it.each([
    'en ganske lang sætning',
    'tulip-kayak-frost-lamp',
    'Xk2$vq9!Lm4@Zr7',
    '新しいパスワードは長いです。はい',
    'password for the red boat house',
  ])('%s may be used', (password) => {
    expect(passwordProblem(password, ['bob', undefined])).toBeUndefined();
  });

  it.each([
    ['short', 'at least 15 characters'],
    ['14 characters!', 'at least 15 characters'],
    ['😀'.repeat(14), 'at least 15 characters'],
    ['x1'.repeat(129), 'at most 256 characters'],
    ['\ud800 and a dozen more', 'well-formed'],
    ['passwordpassword', 'common'],
    ['Password12345678', 'common'],
    ['123456789012345', 'common'],
    ['aaaaaaaaaaaaaaaaaaaa', 'common'],
    ['abcdefghijklmnopqrstuvwxyz', 'common'],
    ['1qaz2wsx3edc4rfv', 'common'],
    ['CorrectHorseBatteryStaple', 'common'],
    ['QwertyuiopAsdfghjkl', 'common'],
    ['bob.jensen.bob.jensen', 'common'],
  ])('%j breaks a rule: %s', (password, rule) => {
    expect(passwordProblem(password, ['bob', 'jensen@centre.example'])).toContain(rule);
  });

  it('that chance made may always be used', () => {
    const bytes = fc.uint8Array({ minLength: 24, maxLength: 48 }).filter((chosen) => new Set(chosen).size > 20);
    fc.assert(
      fc.property(bytes, (chosen) => {
        expect(passwordProblem(createHash('sha256').update(chosen).digest('base64url'), ['bob'])).toBeUndefined();
      }),
    );
  });
});
