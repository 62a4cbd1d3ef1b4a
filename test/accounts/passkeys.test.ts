import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tableNames } from '../support/services.ts';
import { useWorlds } from '../support/setup.ts';
import { bobPassword, createAccountsApi } from './api.ts';
import { Authenticator } from './authenticator.ts';
import { createBob } from './second-factor-fixture.ts';

const createWorld = useWorlds();
const password = { password: bobPassword };
const wrong = { status: 403, body: { error: 'Incorrect second factor' } };

const creation = z.object({ challenge: z.string() });
const due = z.object({
  challenge: z.string(),
  factors: z.array(z.string()),
  passkey: z.object({
    challenge: z.string(),
    rpId: z.string(),
    allowCredentials: z.array(z.object({ id: z.string() })),
  }),
});

async function newBob() {
  const bob = await createBob(await createWorld());
  const { ask, signIn, complete } = bob;

  const options = async (token: string) =>
    creation.parse((await ask('POST /user/bob/factors/passkeys/options', password, token)).body);

  const add = (response: object, token: string, name = 'Key') =>
    ask('POST /user/bob/factors/passkeys', { name, response }, token);

  /** Gives bob a passkey as his first factor. */
  async function addPasskey(authenticator = new Authenticator()) {
    const token = await signIn('bob', bobPassword);
    const { challenge } = await options(token);
    expect(await add(authenticator.create(challenge), token)).toMatchObject({ status: 201 });
    return authenticator;
  }

  const beginBy = async () => due.parse((await ask('POST /authenticate', { username: 'bob', ...password }, null)).body);

  /** A whole sign-in by a passkey. */
  async function signInBy(authenticator: Authenticator) {
    const { challenge, passkey } = await beginBy();
    return complete({ challenge, passkey: authenticator.get(passkey.challenge) });
  }

  return { ...bob, options, add, addPasskey, beginBy, signInByPasskey: signInBy };
}

describe('a passkey', () => {
  it('is made with options of the service, and ends all tokens as the first factor', async () => {
    const { ask, signIn, add } = await newBob();
    const token = await signIn('bob', bobPassword);
    const { status, body } = await ask('POST /user/bob/factors/passkeys/options', password, token);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        rp: { id: 'centre.example', name: 'DST Gateway test' },
        user: { name: 'bob' },
        challenge: expect.stringMatching(/^[\w-]{43}$/),
        attestation: 'none',
        timeout: 300_000,
        excludeCredentials: [],
      },
    });
    const authenticator = new Authenticator();
    const added = await add(authenticator.create(Object(body).challenge), token, 'Blue key');
    expect(added).toMatchObject({
      status: 201,
      body: { id: authenticator.id.toString('base64url'), message: 'The passkey has been added. Please sign in again' },
    });
    expect(Object(added.body).recoveryCodes).toHaveLength(10);
    expect(await ask('GET /session', undefined, token)).toMatchObject({ status: 401 });
    expect((await ask('GET /user/bob/factors')).body).toEqual({
      passkeys: [{ id: authenticator.id.toString('base64url'), name: 'Blue key', createdAt: '2026-01-05T08:00:00Z' }],
      recoveryCodes: 10,
    });
  });

  it('signs in after the password, counts its uses, and its challenge works once', async () => {
    const { addPasskey, ask, complete, world } = await newBob();
    const authenticator = await addPasskey();
    const { status, body } = await ask('POST /authenticate', { username: 'bob', ...password }, null);
    const id = authenticator.id.toString('base64url');
    expect({ status, body }).toMatchObject({
      status: 403,
      body: {
        error: 'Second factor required',
        factors: ['passkey', 'recoveryCode'],
        passkey: { rpId: 'centre.example', allowCredentials: [{ id, type: 'public-key', transports: ['usb'] }] },
      },
    });
    const { challenge, passkey } = due.parse(body);
    const response = authenticator.get(passkey.challenge);
    const done = await complete({ challenge, passkey: response });
    expect(done).toMatchObject({ status: 200, body: { token: expect.any(String) } });
    expect(await ask('GET /session', undefined, Object(done.body).token)).toMatchObject({ status: 200 });
    expect(await complete({ challenge, passkey: response })).toMatchObject({ status: 401 });
    const [row] = (await world.rows.accounts()).filter(({ account }) => account === 'bob');
    expect(row?.passkeys).toMatchObject([{ id, counter: 1, usedAt: world.clock.now() }]);
  });

  it('with an attestation of its own key is taken, too', async () => {
    const { signIn, options, add, signInByPasskey } = await newBob();
    const [authenticator, token] = [new Authenticator(), await signIn('bob', bobPassword)];
    const { challenge } = await options(token);
    expect(await add(authenticator.create(challenge, 'packed'), token)).toMatchObject({ status: 201 });
    expect(await signInByPasskey(authenticator)).toMatchObject({ status: 200 });
  });

  it('that does not count its uses is taken each time', async () => {
    const { addPasskey, signInByPasskey } = await newBob();
    const authenticator = await addPasskey(new Authenticator({}, false));
    for (let use = 0; use < 2; use++) expect(await signInByPasskey(authenticator)).toMatchObject({ status: 200 });
  });

  it('whose counter went back is refused: the key was copied', async () => {
    const { addPasskey, signInByPasskey } = await newBob();
    const authenticator = await addPasskey();
    authenticator.counter = 7;
    expect(await signInByPasskey(authenticator)).toMatchObject({ status: 200 });
    authenticator.counter = 5;
    expect(await signInByPasskey(authenticator)).toMatchObject(wrong);
  });

  it('gives one token for four requests at once with one answer', async () => {
    const { addPasskey, beginBy, complete } = await newBob();
    const authenticator = await addPasskey();
    const { challenge, passkey } = await beginBy();
    const response = authenticator.get(passkey.challenge);
    const answers = await Promise.all([1, 2, 3, 4].map(() => complete({ challenge, passkey: response })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it.each([
    ['of another page', { origin: 'https://evil.example' }],
    ['of another domain', { domain: 'evil.example' }],
    ['of this machine', { origin: 'http://localhost:5173' }],
  ])('%s is refused', async (_name, page) => {
    const { signIn, options, add } = await newBob();
    const token = await signIn('bob', bobPassword);
    const { challenge } = await options(token);
    expect(await add(new Authenticator(page).create(challenge), token)).toMatchObject({
      status: 403,
      body: { error: 'The passkey could not be verified' },
    });
  });

  it('for another challenge, of another key or without a signature is refused', async () => {
    const { addPasskey, beginBy, complete } = await newBob();
    const authenticator = await addPasskey();
    const [first, second] = [await beginBy(), await beginBy()];
    const right = authenticator.get(second.passkey.challenge);
    const stranger = new Authenticator();
    const answers = [
      authenticator.get(first.passkey.challenge),
      stranger.get(second.passkey.challenge),
      { ...stranger.get(second.passkey.challenge), id: right.id, rawId: right.id },
      { ...right, response: { ...right.response, signature: '' } },
    ];
    for (const passkey of answers) {
      expect(await complete({ challenge: second.challenge, passkey })).toMatchObject(wrong);
    }
  });

  it('of no sense is refused, and never fails', async () => {
    const { addPasskey, beginBy, complete, signIn, create, ask } = await newBob();
    const authenticator = await addPasskey();
    const { challenge, passkey } = await beginBy();
    const right = authenticator.get(passkey.challenge);
    const broken = { clientDataJSON: 'bm8', authenticatorData: 'AA', signature: '%%' };
    expect(await complete({ challenge, passkey: { ...right, response: broken } })).toMatchObject(wrong);
    for (const passkey of ['text', {}, { ...right, type: 'password' }, { ...right, response: {} }]) {
      expect(await complete({ challenge, passkey })).toMatchObject({ status: 400 });
    }
    await create('eve');
    const token = await signIn('eve', bobPassword);
    await ask('POST /user/eve/factors/passkeys/options', password, token);
    const response = { clientDataJSON: 'e30', attestationObject: Buffer.alloc(5_000, 0x81).toString('base64url') };
    expect(
      await ask('POST /user/eve/factors/passkeys', { name: 'x', response: { ...right, response } }, token),
    ).toMatchObject({ status: 403 });
  });

  it('needs its challenge, which ends after five minutes and with the passkey', async () => {
    const { signIn, options, add, world, signInByPasskey } = await newBob();
    const token = await signIn('bob', bobPassword);
    const authenticator = new Authenticator();
    expect(await add(authenticator.create('x'.repeat(43)), token)).toMatchObject({ status: 409 });
    const late = await options(token);
    world.clock.advance(300_000);
    expect(await add(authenticator.create(late.challenge), token)).toMatchObject({ status: 409 });
    const { challenge } = await options(token);
    const answer = authenticator.create(challenge);
    expect(await add(answer, token)).toMatchObject({ status: 201 });
    const next = Object((await signInByPasskey(authenticator)).body).token;
    expect(await add(answer, next)).toMatchObject({ status: 409 });
    const again = await options(next);
    expect(await add(authenticator.create(again.challenge), next)).toMatchObject({
      status: 409,
      body: { error: 'The account has this passkey already' },
    });
  });

  it('is one of ten at most, each removed by its id', async () => {
    const { addPasskey, signInByPasskey, options, add, ask } = await newBob();
    const first = await addPasskey();
    const token = Object((await signInByPasskey(first)).body).token;
    for (let index = 1; index < 10; index++) {
      const { challenge } = await options(token);
      expect(await add(new Authenticator().create(challenge), token)).toMatchObject({ status: 201 });
    }
    expect(await ask('POST /user/bob/factors/passkeys/options', password, token)).toMatchObject({ status: 409 });
    const { id } = first.get('');
    expect(await ask(`DELETE /user/bob/factors/${id}`, password, token)).toMatchObject({ status: 200 });
    expect(await ask(`DELETE /user/bob/factors/${id}`, password, token)).toMatchObject({ status: 404 });
    expect(Object((await ask('GET /user/bob/factors')).body).passkeys).toHaveLength(9);
  });

  it('and TOTP stand in for one another', async () => {
    const { addPasskey, signInByPasskey, showTotp, ask, code, beginBy, complete, nextStep } = await newBob();
    const authenticator = await addPasskey();
    const token = Object((await signInByPasskey(authenticator)).body).token;
    const { secret } = await showTotp(token);
    await ask('POST /user/bob/factors/totp/confirm', { totp: await code(secret) }, token);
    nextStep();
    const { challenge, factors } = await beginBy();
    expect(factors).toEqual(['totp', 'passkey', 'recoveryCode']);
    expect(await complete({ challenge, totp: await code(secret) })).toMatchObject({ status: 200 });
    expect(await signInByPasskey(authenticator)).toMatchObject({ status: 200 });
    const twice = { challenge, totp: '123456', recoveryCode: 'x' };
    expect(await complete(twice)).toMatchObject({ status: 400 });
    expect(await complete({ challenge })).toMatchObject({ status: 400 });
  });

  it('leaves no challenge in a log or the history', async () => {
    const { addPasskey, beginBy, complete, signInByPasskey, world } = await newBob();
    const authenticator = await addPasskey();
    const { challenge, passkey } = await beginBy();
    await complete({ challenge, passkey: authenticator.get('x'.repeat(43)) });
    await signInByPasskey(authenticator);
    const tables = tableNames.filter((table) => table !== 'sessions');
    const kept = JSON.stringify([world.logs, await Promise.all(tables.map((table) => world.rows.all(table)))]);
    for (const text of [challenge, passkey.challenge]) expect(kept).not.toContain(text);
    expect((await world.rows.history('account#bob')).map(({ event }) => event)).toContain('second factor begun');
  });
});

it('on one machine a passkey is taken from a page of any port', async () => {
  const world = await createWorld();
  const local = { name: 'DST Gateway', domain: 'localhost', origins: [] };
  const { create, signIn, ask } = await createAccountsApi(world, undefined, local);
  await create('bob');
  const token = await signIn('bob', bobPassword);
  const page = { origin: 'http://localhost:5173', domain: 'localhost' };
  const { body } = await ask('POST /user/bob/factors/passkeys/options', password, token);
  const { challenge } = creation.parse(body);
  const add = (authenticator: Authenticator) =>
    ask('POST /user/bob/factors/passkeys', { name: 'Key', response: authenticator.create(challenge) }, token);
  expect(await add(new Authenticator({ ...page, origin: 'http://localhost.evil.example' }))).toMatchObject({
    status: 403,
  });
  expect(await add(new Authenticator(page))).toMatchObject({ status: 201 });
});
