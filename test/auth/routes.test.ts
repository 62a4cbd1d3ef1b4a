import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { verifyToken } from '../../shared/auth/signed-token.ts';
import { bobPassword } from '../accounts/api.ts';
import { createBob } from '../accounts/second-factor-fixture.ts';
import { useWorlds } from '../support/setup.ts';
import { type AuthApi, createAuthApi, tokenIn } from './auth-api.ts';
import document from './signed-token-vectors.json' with { type: 'json' };

const createWorld = useWorlds();

async function createApi(settings?: { hideUnknownUsers: boolean }) {
  const world = await createWorld();
  return { world, ...(await createAuthApi(world, settings)) };
}

const refusal = (comment?: string) => ({
  status: 200,
  body: { success: false, ...(comment !== undefined && { comment }) },
});
const incomplete = { status: 400, body: { detail: 'Incomplete request form' } };
const day = 86_400_000;
const both = ['GET', 'POST'];

describe('POST /auth/login', () => {
  it('gives a token of the documented form, whose signature the public key verifies', async () => {
    const { world, ask, login } = await createApi();
    const { status, body } = await login();
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        success: true,
        token: {
          code: 'bob@centre.example',
          id: expect.any(Number),
          perm: 0,
          time: Math.floor(world.clock.now() / 1_000),
          belongs: [],
          signature: expect.stringMatching(/^[\w+/]{342}==$/),
        },
      },
    });
    const { body: keys } = await ask('GET /requestPublicKey');
    const publicKey = createPublicKey(String(Reflect.get(Object(keys), 'publickey')));
    await expect(verifyToken(tokenIn(body), async () => [publicKey], world.clock.now())).resolves.toBeDefined();
  });

  it('gives every token of an account the same id, and each account one of its own', async () => {
    const { accounts, login } = await createApi();
    await accounts.create('eve');
    const answers = await Promise.all([login(), login(), login({ email: 'EVE@centre.example' })]);
    const [one, two, eve] = answers.map(({ body }) => tokenIn(body));
    expect(one?.id).toBe(two?.id);
    expect(one?.id).not.toBe(eve?.id);
    expect(eve?.code).toBe('eve@centre.example');
  });

  it.each([
    ['an address that nobody has', { email: 'nobody@centre.example' }, 'Email does not exist!'],
    ['a user name', { email: 'bob' }, 'Email does not exist!'],
    ['an empty address', { email: '' }, 'Email does not exist!'],
    ['a wrong password', { password: 'wrong' }, 'Incorrect password!'],
  ])('is refused for %s', async (_name, fields, comment) => {
    const { login } = await createApi();
    expect(await login(fields)).toMatchObject(refusal(comment));
  });

  it('does not say whether an address is known where that is hidden', async () => {
    const { login } = await createApi({ hideUnknownUsers: true });
    expect(await login({ email: 'nobody@centre.example' })).toMatchObject(refusal('Incorrect password!'));
  });

  it('is refused for an account that is blocked, and says so only to who knows the password', async () => {
    const { accounts, login } = await createApi();
    await accounts.ask('PATCH /admin/users/bob', { blockLogin: true, blockLoginReason: 'left' });
    expect(await login()).toMatchObject(refusal('Login is blocked'));
    expect(await login({ password: 'wrong' })).toMatchObject(refusal('Incorrect password!'));
  });

  it('is refused while the password must be changed', async () => {
    const { accounts, login } = await createApi();
    await accounts.create('eve', { changePasswordOnFirstLogin: true });
    expect(await login({ email: 'eve@centre.example' })).toMatchObject(refusal('Password must be changed'));
  });

  it('is refused for an account with a second factor, whose owner gets a signed token by another', async () => {
    const bob = await createBob(await createWorld());
    const { ask, login } = await createAuthApi(bob.world, undefined, bob);
    const { secret } = await bob.addTotp();
    expect(await login()).toMatchObject(refusal('Second factor required'));
    expect(await login({ password: 'wrong' })).toMatchObject(refusal('Incorrect password!'));
    const { body } = await ask('POST /requestToken', { token: await bob.signInBy(secret) });
    expect(await ask('POST /validate', { token: tokenIn(body) })).toMatchObject({ body: { success: true } });
  });

  it('is refused for an account that must add a second factor, and its tokens are of no use', async () => {
    const { accounts, ask, login } = await createApi();
    await accounts.ask('POST /admin/bob/operator');
    const token = await accounts.signIn('bob', bobPassword);
    const signed = tokenIn((await login()).body);
    await accounts.ask('PATCH /admin/permissions/operator', { secondFactorRequired: true });
    expect(await login()).toMatchObject(refusal('A second factor must be added'));
    expect(await ask('POST /requestToken', { token })).toMatchObject({ status: 200, body: { success: false } });
    for (const path of ['requestToken', 'validate']) {
      expect(await ask(`POST /${path}`, { token: signed })).toMatchObject({ status: 200, body: { success: false } });
    }
  });

  it('makes callers wait after wrong tries, counted together with those to sign in', async () => {
    const { accounts, login } = await createApi();
    const wrong = { username: 'bob', password: 'wrong' };
    for (let tried = 0; tried < 3; tried++) await accounts.ask('POST /authenticate', wrong, null);
    for (let tried = 0; tried < 2; tried++) await login({ password: 'wrong' });
    expect(await login()).toMatchObject({
      status: 429,
      headers: { 'retry-after': '1' },
      body: { success: false, comment: 'Too many tries. Please try again later' },
    });
    expect(await accounts.ask('POST /authenticate', wrong, null)).toMatchObject({ status: 429 });
  });

  it('makes callers wait for addresses that nobody has, too', async () => {
    const { login } = await createApi();
    const answers = [];
    for (let tried = 0; tried < 7; tried++) answers.push(await login({ email: 'nobody@centre.example' }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429, 429]);
  });

  it('is in the history of the account, refusals too', async () => {
    const { world, login } = await createApi();
    await login({ password: 'wrong' });
    await login();
    const events = await world.rows.history('account#bob');
    expect(events.slice(1)).toMatchObject([
      { event: 'sign-in refused', details: { result: 'wrong-password', address: '192.0.2.1' } },
      { event: 'signed in', details: { token: 'signed', by: 'bob' } },
    ]);
  });

  it.each([{}, { email: 'bob@centre.example' }, { email: 1, password: bobPassword }, [], 'no JSON', ''])(
    'asks for both fields: %j',
    async (body) => {
      const { ask } = await createApi();
      expect(await ask('POST /login', body)).toMatchObject(incomplete);
    },
  );
});

describe.each(both)('%s /auth/validate', (method) => {
  it('says whether a token is valid, and whether it has expired', async () => {
    const { world, ask, token } = await createApi();
    const sent = await token();
    expect(await ask(`${method} /validate`, { token: sent })).toMatchObject({ status: 200, body: { success: true } });
    expect(await ask(`${method} /validate`, { token: { ...sent, perm: 1 } })).toMatchObject(refusal());
    world.clock.advance(1.5 * day + 1_000);
    expect(await ask(`${method} /validate`, { token: sent })).toMatchObject(refusal('Token expired'));
    expect(await ask(`${method} /validate`, { token: { ...sent, perm: 1 } })).toMatchObject(refusal('Token expired'));
  });

  it.each([null, 'text', 1, [], {}, document.vectors[0]?.token])('refuses %j', async (token) => {
    const { ask } = await createApi();
    const expired = Reflect.has(Object(token), 'signature');
    expect(await ask(`${method} /validate`, { token })).toMatchObject(refusal(expired ? 'Token expired' : undefined));
  });

  it.each([{}, [], 'no JSON', ''])('asks for a token: %j', async (body) => {
    const { ask } = await createApi();
    expect(await ask(`${method} /validate`, body)).toMatchObject(incomplete);
  });
});

describe.each(both)('%s /auth/requestToken', (method) => {
  it('gives a fresh token for one that is valid', async () => {
    const { world, ask, token } = await createApi();
    const first = await token();
    world.clock.advance(day);
    const { body } = await ask(`${method} /requestToken`, { token: first });
    const second = tokenIn(body);
    expect(second).toEqual({ ...first, time: first.time + 86_400, signature: second.signature });
    world.clock.advance(day);
    expect(await ask(`${method} /validate`, { token: second })).toMatchObject({ body: { success: true } });
    expect(await ask(`${method} /requestToken`, { token: first })).toMatchObject(refusal('Expired'));
    expect(await ask(`${method} /requestToken`, { token: { ...second, id: 1 } })).toMatchObject(refusal());
  });

  it('gives no more tokens when the owner has signed in thirty days ago', async () => {
    const { world, ask, token } = await createApi();
    let sent = await token();
    for (let days = 1; days < 30; days++) {
      world.clock.advance(day);
      sent = tokenIn((await ask(`${method} /requestToken`, { token: sent })).body);
    }
    world.clock.advance(day);
    expect(await ask(`${method} /validate`, { token: sent })).toMatchObject({ body: { success: true } });
    expect(await ask(`${method} /requestToken`, { token: sent })).toMatchObject(refusal('Expired'));
  });

  it('gives a signed token for one of accounts, but none while the password must be changed', async () => {
    const { accounts, ask } = await createApi();
    const opaque = await accounts.signIn('bob', bobPassword);
    expect(tokenIn((await ask(`${method} /requestToken`, { token: opaque })).body).code).toBe('bob@centre.example');
    await accounts.create('eve', { changePasswordOnFirstLogin: true });
    const restricted = await accounts.signIn('eve', bobPassword);
    expect(await ask(`${method} /requestToken`, { token: restricted })).toMatchObject(refusal());
    expect(await ask(`${method} /requestToken`, { token: accounts.root })).toMatchObject(
      refusal('The account has no email address'),
    );
  });
});

describe('GET /auth/requestPublicKey', () => {
  async function publicKeys(ask: AuthApi['ask']) {
    const { status, body } = await ask('GET /requestPublicKey');
    expect(status).toBe(200);
    const { publickey, keys } = keysSchema.parse(body);
    return { publickey, all: keys.map((key) => key.publickey) };
  }

  it('names an older key until its tokens have expired, and they verify so long', async () => {
    const { world, ask, token, rotate } = await createApi();
    world.clock.advance(day);
    const sent = await token();
    const before = await publicKeys(ask);
    expect(before.all).toEqual([before.publickey]);

    await rotate();

    const after = await publicKeys(ask);
    expect(after.publickey).not.toBe(before.publickey);
    expect(after.all).toEqual([before.publickey, after.publickey]);
    expect(await ask('GET /validate', { token: sent })).toMatchObject({ body: { success: true } });
    const { body } = await ask('GET /requestToken', { token: sent });
    expect(await ask('GET /validate', { token: tokenIn(body) })).toMatchObject({ body: { success: true } });
    world.clock.advance(1.5 * day + 600_000);
    expect((await publicKeys(ask)).all).toEqual([after.publickey]);
  });

  it('names no key that is revoked, and its tokens verify no longer', async () => {
    const { world, ask, token, rotate } = await createApi();
    const sent = await token();
    world.clock.advance(1_000);
    await rotate(true);
    expect((await publicKeys(ask)).all).toHaveLength(1);
    expect(await ask('GET /validate', { token: sent })).toMatchObject(refusal());
  });
});

const keysSchema = z.object({ publickey: z.string(), keys: z.array(z.object({ publickey: z.string() })) });
