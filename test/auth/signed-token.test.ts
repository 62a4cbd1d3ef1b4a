import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Auth, Expired, InvalidToken, VerificationFailed } from '../../shared/auth/auth-client.ts';
import { type Claims, lifetime, signedText, signToken, verifyToken } from '../../shared/auth/signed-token.ts';
import document from './signed-token-vectors.json' with { type: 'json' };

const issued = 1_622_729_833;
const publicKey = createPublicKey(document.publicKey);
const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
const [first] = document.vectors;
if (!first) throw new Error('no vectors');

const at = (seconds: number) => (issued + seconds) * 1_000;
const verify = (token: unknown, now = at(10), ...keys: KeyObject[]) =>
  verifyToken(token, async () => (keys.length > 0 ? keys : [publicKey]), now);

describe('a signed token of the document', () => {
  it.each(document.vectors)('$name: is the text that is signed, and verifies', async ({ token, signedText: text }) => {
    const { signature: _signature, ...claims } = token;
    expect(signedText(token)).toBe(text);
    expect(await verify(token)).toEqual(claims);
  });

  it('is accepted for 36 hours to the second', async () => {
    await expect(verify(first.token, at(lifetime))).resolves.toBeDefined();
    await expect(verify(first.token, at(lifetime) + 1)).rejects.toThrow(Expired);
    await expect(verify(first.token, at(-60))).resolves.toBeDefined();
    await expect(verify(first.token, at(-61))).rejects.toThrow(InvalidToken);
  });

  it('is expired rather than forged when it is both', async () => {
    await expect(verify({ ...first.token, perm: 1 }, at(lifetime + 1))).rejects.toThrow(Expired);
  });

  it.each([
    ['code', 'other@testing.example'],
    ['id', first.token.id + 1],
    ['perm', 1],
    ['time', issued + 1],
    ['belongs', []],
    ['belongs', null],
  ])('does not verify with another %s', async (field, value) => {
    await expect(verify({ ...first.token, [field]: value })).rejects.toThrow(VerificationFailed);
  });

  it('verifies with spaces in the signature, which are skipped', async () => {
    const { signature } = first.token;
    await expect(
      verify({ ...first.token, signature: `${signature.slice(0, 9)}\n ${signature.slice(9)}` }),
    ).resolves.toBeDefined();
  });

  it('is not accepted when a digit moves from the id to the time', async () => {
    const { id, time } = first.token;
    const moved = { ...first.token, id: Math.floor(id / 10), time: Number(`${id % 10}${time}`) };
    expect(signedText(moved)).toBe(signedText(first.token));
    await expect(verify(moved)).rejects.toThrow(InvalidToken);
  });
});

describe('a token of another form', () => {
  const { code: _code, ...withoutCode } = first.token;
  it.each([
    ['no object', 'text'],
    ['null', null],
    ['a list', [first.token]],
    ['a missing field', withoutCode],
    ['a time as text', { ...first.token, time: String(issued) }],
    ['an id with a fraction', { ...first.token, id: 1.5 }],
    ['an unsafe id', { ...first.token, id: 2 ** 53 }],
    ['a list of numbers', { ...first.token, belongs: [1] }],
    ['no padding', { ...first.token, signature: first.token.signature.replace(/=+$/, '') }],
    ['no ASCII', { ...first.token, signature: `é${first.token.signature}` }],
  ])('with %s is invalid', async (_name, token) => {
    await expect(verify(token)).rejects.toThrow(InvalidToken);
  });

  it('gets one of the three errors, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (token) => {
        const error = await verify(token).catch((thrown: unknown) => thrown);
        expect([Expired, InvalidToken, VerificationFailed].some((type) => error instanceof type)).toBe(true);
      }),
    );
  });
});

describe('our own tokens', () => {
  it('verify with our key alone', async () => {
    const claims: Claims = { code: 'a@b.example', id: 7, perm: 3, time: issued, belongs: ["it's", 'x'] };
    const token = signToken(claims, own.privateKey);
    expect(token.signature).toHaveLength(344);
    expect(await verify(token, at(1), publicKey, own.publicKey)).toEqual(claims);
    await expect(verify(token, at(1), publicKey)).rejects.toThrow(VerificationFailed);
  });
});

describe('Auth', () => {
  const answers = (...bodies: unknown[]) => {
    const urls: string[] = [];
    const fetch: typeof globalThis.fetch = async (url) => {
      urls.push(String(url));
      return Response.json(bodies[Math.min(urls.length, bodies.length) - 1]);
    };
    return { urls, fetch };
  };

  it('gives the client as documented', async () => {
    const { fetch, urls } = answers({ publickey: document.publicKey });
    const auth = new Auth('http://127.0.0.1:1/auth', { fetch, now: () => at(1) });
    expect(await auth.verify(first.token)).toEqual({
      code: 'user@testing.bitahoy.com',
      uid: 1_091_127_815,
      belongs: ['xxxxxxxxxxxxxxxx'],
      isUser: true,
      permissions: 0,
    });
    expect(urls).toEqual(['http://127.0.0.1:1/auth/requestPublicKey']);
  });

  it('asks for the key once for many tokens, and again after an hour', async () => {
    let now = at(1);
    const { fetch, urls } = answers({ publickey: document.publicKey });
    const auth = new Auth('http://127.0.0.1:1/auth', { fetch, now: () => now });
    await Promise.all([1, 2, 3].map(() => auth.verify(first.token)));
    await auth.verify({ ...first.token, perm: 9 }).catch(() => {});
    expect(urls).toHaveLength(1);
    now += 3_600_000;
    await auth.verify(first.token);
    expect(urls).toHaveLength(2);
  });

  it('takes each key that the gateway names', async () => {
    const pem = String(own.publicKey.export({ type: 'spki', format: 'pem' }));
    const { fetch } = answers({ publickey: pem, keys: [{ kid: '1', publickey: document.publicKey }] });
    const auth = new Auth('http://127.0.0.1:1/auth', { fetch, now: () => at(1) });
    await expect(auth.verify(first.token)).resolves.toBeDefined();
  });

  it('asks again for a token that no key verifies, at most once a minute', async () => {
    let now = at(1);
    const pem = String(own.publicKey.export({ type: 'spki', format: 'pem' }));
    const { fetch, urls } = answers({ publickey: pem }, { publickey: document.publicKey });
    const auth = new Auth('http://127.0.0.1:1/auth', { fetch, now: () => now });
    await expect(auth.verify(first.token)).rejects.toThrow(VerificationFailed);
    now += 59_999;
    await expect(auth.verify(first.token)).rejects.toThrow(VerificationFailed);
    expect(urls).toHaveLength(1);
    now += 1;
    await Promise.all([1, 2, 3].map(() => auth.verify(first.token)));
    expect(urls).toHaveLength(2);
  });

  it('keeps the keys for their hour while the gateway is down', async () => {
    let now = at(1);
    const { fetch } = answers({ publickey: document.publicKey });
    const down = Promise.withResolvers<never>();
    let isDown = false;
    const auth = new Auth('http://127.0.0.1:1/auth', {
      fetch: (...request) => (isDown ? down.promise : fetch(...request)),
      now: () => now,
    });
    await auth.verify(first.token);
    isDown = true;
    now += 60_000;
    const forged = expect(auth.verify({ ...first.token, perm: 9 })).rejects.toThrow('does not give its public key');
    await expect(auth.verify(first.token)).resolves.toBeDefined();
    down.reject(new TypeError('fetch failed'));
    await forged;
    await expect(auth.verify(first.token)).resolves.toBeDefined();
    now += 3_540_000;
    await expect(auth.verify(first.token)).rejects.toThrow('does not give its public key');
  });

  it('asks again after an answer that is no key', async () => {
    const { fetch } = answers({ detail: 'down' }, { publickey: document.publicKey });
    const auth = new Auth('http://127.0.0.1:1/auth', { fetch, now: () => at(1) });
    await expect(auth.verify(first.token)).rejects.toThrow('does not give its public key');
    await expect(auth.verify(first.token)).resolves.toBeDefined();
  });
});
