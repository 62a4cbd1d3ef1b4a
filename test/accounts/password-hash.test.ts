import { describe, expect, it } from 'vitest';
import { hashPassword, verifyPassword } from '../../shared/accounts/password-hash.ts';
import { hashOneTimePassword } from '../../shared/users/derive-password.ts';

describe('a password hash', () => {
  it('accepts its password alone', async () => {
    const stored = await hashPassword('correct horse battery');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await verifyPassword('correct horse battery', stored)).toEqual({ matches: true, outdated: false });
    expect(await verifyPassword('correct horse batterz', stored)).toMatchObject({ matches: false });
  });

  it('is another one each time', async () => {
    expect(await hashPassword('a')).not.toBe(await hashPassword('a'));
  });

  it('is that of RFC 9106, as the reference implementation writes it', async () => {
    // argon2 reference: echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1
    const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await verifyPassword('password', reference)).toMatchObject({ matches: true });
  });

  it('takes one text for another that looks the same', async () => {
    expect(await verifyPassword('caf\u00e9', await hashPassword('cafe\u0301'))).toMatchObject({ matches: true });
  });

  it('is outdated when its cost is below the present one', async () => {
    const cheap = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
    expect(await verifyPassword('password', cheap)).toEqual({ matches: true, outdated: true });
  });

  it('may be of a one-time password', async () => {
    const stored = await hashOneTimePassword('ABCDEFGH23456789ABCD');
    expect(await verifyPassword('ABCDEFGH23456789ABCD', stored)).toEqual({ matches: true, outdated: false });
    expect(await verifyPassword('ABCDEFGH23456789ABCE', stored)).toMatchObject({ matches: false });
  });

  it('that nobody has accepts nothing', async () => {
    expect(await verifyPassword('', undefined)).toMatchObject({ matches: false });
  });
});
