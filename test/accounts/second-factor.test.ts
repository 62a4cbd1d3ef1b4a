import { describe, expect, it } from 'vitest';
import { tableNames } from '../support/services.ts';
import { useWorlds } from '../support/setup.ts';
import { bobPassword } from './api.ts';
import { createBob } from './second-factor-fixture.ts';

const createWorld = useWorlds();
const newBob = async () => createBob(await createWorld());

const wrong = { status: 403, body: { error: 'Incorrect second factor' } };
const over = {
  status: 401,
  body: { error: 'Access Denied', message: 'The challenge is invalid. Please sign in again' },
};
const password = { password: bobPassword };

describe('TOTP', () => {
  it('counts only after a code of the secret was sent, and then ends all tokens', async () => {
    const { ask, signIn, showTotp, code } = await newBob();
    const token = await signIn('bob', bobPassword);
    const { secret, uri } = await showTotp(token);
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(uri).toMatch(/^otpauth:\/\/totp\/DST%20Gateway%20test:bob\?/);
    expect(new URL(uri).searchParams.get('secret')).toBe(secret);
    // Not confirmed: the password alone signs in.
    expect(await signIn('bob', bobPassword)).toHaveLength(64);
    const confirm = async (totp: string) => ask('POST /user/bob/factors/totp/confirm', { totp }, token);
    expect(await confirm('000000')).toMatchObject({ status: 403, body: { error: 'Incorrect code' } });
    const { status, body } = await confirm(await code(secret));
    expect(status).toBe(200);
    expect(Object(body).recoveryCodes).toHaveLength(10);
    expect(await ask('GET /session', undefined, token)).toMatchObject({ status: 401 });
  });

  it('is due at a sign-in, whose first step gives no token', async () => {
    const { ask, addTotp, nextStep, code, complete } = await newBob();
    const { secret } = await addTotp();
    nextStep();
    const { status, body } = await ask('POST /authenticate', { username: 'bob', ...password }, null);
    expect({ status, body }).toEqual({
      status: 403,
      body: {
        error: 'Second factor required',
        challenge: expect.stringMatching(/^[\w-]{43}$/),
        exp: '2026-01-05T08:05:30Z',
        factors: ['totp', 'recoveryCode'],
      },
    });
    const { challenge } = Object(body);
    const done = await complete({ challenge, totp: await code(secret) });
    expect(done).toMatchObject({ status: 200, body: { token: expect.any(String), exp: expect.any(String) } });
    const answered = await ask('GET /session', undefined, Object(done.body).token);
    expect(answered).toMatchObject({ status: 200, body: { username: 'bob' } });
    nextStep();
    expect(await complete({ challenge, totp: await code(secret) }), 'a challenge works once').toMatchObject(over);
  });

  it('gives a refresh token to who asked for it in the first step', async () => {
    const { addTotp, nextStep, code, begin, complete } = await newBob();
    const { secret } = await addTotp();
    nextStep();
    const { challenge } = await begin({ refresh: true });
    const { body } = await complete({ challenge, totp: await code(secret) });
    expect(Object(body).refreshToken).toEqual(expect.any(String));
  });

  it('takes the codes of a time step before and after the present one', async () => {
    const { addTotp, nextStep, code, begin, complete } = await newBob();
    const { secret } = await addTotp();
    for (let step = 0; step < 5; step++) nextStep();
    const { challenge } = await begin();
    for (const ahead of [-60, 60]) {
      expect(await complete({ challenge, totp: await code(secret, ahead) })).toMatchObject(wrong);
    }
    expect(await complete({ challenge, totp: await code(secret, -30) })).toMatchObject({ status: 200 });
    const next = await begin();
    expect(await complete({ challenge: next.challenge, totp: await code(secret, 30) })).toMatchObject({ status: 200 });
  });

  it('takes each code once, and none of an earlier step', async () => {
    const { addTotp, nextStep, code, begin, complete } = await newBob();
    const { secret } = await addTotp();
    nextStep();
    const [early, late] = [await code(secret), await code(secret, 30)];
    const { challenge } = await begin();
    expect(await complete({ challenge, totp: late })).toMatchObject({ status: 200 });
    const { challenge: again } = await begin();
    for (const totp of [late, early]) expect(await complete({ challenge: again, totp })).toMatchObject(wrong);
  });

  it.each(['of one challenge', 'of many challenges'])(
    'gives one token for four requests at once with one code %s',
    async (kind) => {
      const { addTotp, nextStep, code, begin, complete, world } = await newBob();
      const { secret } = await addTotp();
      nextStep();
      const first = await begin();
      const totp = await code(secret);
      const challenges = [];
      for (let index = 0; index < 4; index++) challenges.push(kind === 'of one challenge' ? first : await begin());
      const answers = await Promise.all(challenges.map(({ challenge }) => complete({ challenge, totp })));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => ![200, 401, 403, 429].includes(status))).toEqual([]);
      expect((await world.rows.all('sessions')).filter(({ account }) => account === 'bob')).toHaveLength(2);
    },
  );

  it('wrong many times makes the caller wait, whatever is right of the password', async () => {
    const { addTotp, nextStep, code, begin, complete, ask, world } = await newBob();
    const { secret } = await addTotp();
    nextStep();
    for (let tried = 0; tried < 5; tried++) {
      // The right password in between gives no more tries.
      const { challenge } = await begin();
      expect(await complete({ challenge, totp: '000000' })).toMatchObject(wrong);
    }
    expect(await ask('POST /authenticate', { username: 'bob', ...password }, null)).toMatchObject({
      status: 429,
      headers: { 'retry-after': '1' },
    });
    world.clock.advance(1_000);
    const { challenge } = await begin();
    expect(await complete({ challenge, totp: await code(secret) })).toMatchObject({ status: 200 });
    expect((await complete({ challenge: (await begin()).challenge, totp: '000000' })).status, 'forgets the tries').toBe(
      403,
    );
  });

  it('lets fifty wrong codes at once have no more tries than one after the other', async () => {
    const { addTotp, begin, complete } = await newBob();
    await addTotp();
    const { challenge } = await begin();
    const answers = await Promise.all(Array.from({ length: 50 }, () => complete({ challenge, totp: '000000' })));
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(45);
  });

  it('is due for five minutes, unless the account changes', async () => {
    const { addTotp, nextStep, code, begin, complete, ask, world } = await newBob();
    const { secret } = await addTotp();
    nextStep();
    const late = await begin();
    world.clock.advance(300_000);
    expect(await complete({ challenge: late.challenge, totp: await code(secret) })).toMatchObject(over);
    const blocked = await begin();
    await ask('PATCH /admin/users/bob', { blockLogin: true });
    expect(await complete({ challenge: blocked.challenge, totp: await code(secret) })).toMatchObject(over);
    await ask('PATCH /admin/users/bob', { blockLogin: false });
    expect(await complete({ challenge: blocked.challenge, totp: await code(secret) })).toMatchObject(over);
    expect(await complete({ challenge: 'x'.repeat(43), totp: await code(secret) })).toMatchObject(over);
  });

  it('is replaced by a new secret after a code of the new one', async () => {
    const { addTotp, signInBy, showTotp, code, ask, begin, complete, nextStep } = await newBob();
    const { secret } = await addTotp();
    const token = await signInBy(secret);
    const { secret: next } = await showTotp(token);
    const { body } = await ask('POST /user/bob/factors/totp/confirm', { totp: await code(next) }, token);
    expect(body).toEqual({ message: 'The second factor has been added' });
    expect(await ask('GET /session', undefined, token), 'tokens go on').toMatchObject({ status: 200 });
    nextStep();
    const { challenge } = await begin();
    expect(await complete({ challenge, totp: await code(secret) })).toMatchObject(wrong);
    expect(await complete({ challenge, totp: await code(next) })).toMatchObject({ status: 200 });
  });

  it('cannot be confirmed a quarter of an hour after the secret was shown', async () => {
    const { signIn, showTotp, code, ask, world } = await newBob();
    const token = await signIn('bob', bobPassword);
    const { secret } = await showTotp(token);
    world.clock.advance(15 * 60_000);
    expect(await ask('POST /user/bob/factors/totp/confirm', { totp: await code(secret) }, token)).toMatchObject({
      status: 409,
    });
  });

  it('needs a new password first, where one is due', async () => {
    const { create, ask, signIn } = await newBob();
    await create('eve', { changePasswordOnFirstLogin: true });
    const token = await signIn('eve', bobPassword);
    expect(await ask('POST /user/eve/factors/totp', password, token)).toMatchObject({
      status: 403,
      body: { message: 'Password must be changed' },
    });
  });
});

describe('a recovery code', () => {
  it('stands in for the second factor once, however it is typed', async () => {
    const { addTotp, begin, complete } = await newBob();
    const { recoveryCodes } = await addTotp();
    expect(new Set(recoveryCodes).size).toBe(10);
    const [code = ''] = recoveryCodes;
    expect(code).toMatch(/^[A-Z2-9]{5}(-[A-Z2-9]{5}){3}$/);
    const { challenge } = await begin();
    const typed = code.toLowerCase().replaceAll('-', ' ');
    expect(await complete({ challenge, recoveryCode: typed })).toMatchObject({ status: 200 });
    const next = await begin();
    expect(await complete({ challenge: next.challenge, recoveryCode: code })).toMatchObject(wrong);
    expect(await complete({ challenge: next.challenge, recoveryCode: recoveryCodes[1] })).toMatchObject({
      status: 200,
    });
  });

  it('used by many at once gives one token', async () => {
    const { addTotp, begin, complete } = await newBob();
    const { recoveryCodes } = await addTotp();
    const challenges = [await begin(), await begin(), await begin(), await begin()];
    const answers = await Promise.all(
      challenges.map(({ challenge }) => complete({ challenge, recoveryCode: recoveryCodes[0] })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403, 403, 403]);
  });

  it('is of no use after new ones were made', async () => {
    const { addTotp, signInBy, ask, begin, complete, nextStep } = await newBob();
    const { secret, recoveryCodes } = await addTotp();
    const token = await signInBy(secret);
    const { status, body } = await ask('POST /user/bob/factors/recovery-codes', password, token);
    expect(status).toBe(201);
    const codes = Object(body).recoveryCodes;
    expect(codes).toHaveLength(10);
    nextStep();
    const { challenge } = await begin();
    expect(await complete({ challenge, recoveryCode: recoveryCodes[0] })).toMatchObject(wrong);
    expect(await complete({ challenge, recoveryCode: codes[0] })).toMatchObject({ status: 200 });
    expect(await ask('GET /user/bob/factors')).toMatchObject({ body: { recoveryCodes: 9 } });
  });

  it('is not given to an account without a second factor', async () => {
    const { signIn, ask } = await newBob();
    const token = await signIn('bob', bobPassword);
    expect(await ask('POST /user/bob/factors/recovery-codes', password, token)).toMatchObject({ status: 409 });
  });
});

describe('a second factor', () => {
  it('is shown to its owner and to admins, without its secret', async () => {
    const { addTotp, signInBy, ask } = await newBob();
    const { secret } = await addTotp();
    const shown = {
      status: 200,
      body: { totp: { createdAt: '2026-01-05T08:00:00Z' }, passkeys: [], recoveryCodes: 10 },
    };
    for (const token of [undefined, await signInBy(secret)]) {
      const { status, body } = await ask('GET /user/bob/factors', undefined, token);
      expect({ status, body }).toEqual(shown);
    }
    expect(await ask('GET /user/nobody/factors')).toMatchObject({ status: 404 });
  });

  it.each([
    ['DELETE', '/user/bob/factors/totp'],
    ['POST', '/user/bob/factors/totp/remove'],
  ])('is removed by %s %s with the password or a code, never by the token alone', async (method, path) => {
    const { addTotp, signInBy, ask, signIn, code } = await newBob();
    const { secret, recoveryCodes } = await addTotp();
    const token = await signInBy(secret);
    const remove = (body: object) => ask(`${method} ${path}`, body, token);
    expect(await remove({})).toMatchObject({ status: 400 });
    expect(await remove({ ...password, totp: '123456' })).toMatchObject({ status: 400 });
    for (const proof of [{ password: 'wrong' }, { totp: await code(secret) }, { recoveryCode: 'wrong' }]) {
      expect(await remove(proof)).toMatchObject({ status: 403, body: { error: 'Incorrect password or code' } });
    }
    expect(await remove({ recoveryCode: recoveryCodes[0] })).toMatchObject({ status: 200 });
    expect(await remove(password)).toMatchObject({ status: 404 });
    expect(await ask('GET /user/bob/factors')).toMatchObject({ body: { recoveryCodes: 0 } });
    expect(await signIn('bob', bobPassword)).toHaveLength(64);
  });

  it('is removed, added or replaced after few wrong proofs only', async () => {
    const { addTotp, signInBy, ask } = await newBob();
    const { secret } = await addTotp();
    const token = await signInBy(secret);
    const requests = [
      'DELETE /user/bob/factors/totp',
      'POST /user/bob/factors/totp',
      'POST /user/bob/factors/recovery-codes',
    ];
    const answers = [];
    for (let tried = 0; tried < 6; tried++) {
      answers.push(await ask(requests[tried % 3] ?? '', { password: 'wrong' }, token));
    }
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 429]);
    expect(answers[5]?.headers['retry-after']).toBe('1');
  });

  it('that was lost is removed by an admin, which ends all tokens', async () => {
    const { addTotp, signInBy, ask, signIn } = await newBob();
    const { secret } = await addTotp();
    const token = await signInBy(secret);
    expect(await ask('DELETE /admin/users/bob/factors')).toMatchObject({ status: 200 });
    expect(await ask('GET /session', undefined, token)).toMatchObject({ status: 401 });
    expect(await signIn('bob', bobPassword)).toHaveLength(64);
    expect(await ask('DELETE /admin/users/bob/factors')).toMatchObject({ status: 409 });
    expect(await ask('DELETE /admin/users/nobody/factors')).toMatchObject({ status: 404 });
  });

  it('outlives a reset of the password, and goes with the account', async () => {
    const { addTotp, ask, create, complete, code, nextStep, signIn } = await newBob();
    const { secret } = await addTotp();
    const { body } = await ask('POST /admin/users/bob/password-reset');
    nextStep();
    const answer = await ask('POST /authenticate', { username: 'bob', password: Object(body).password }, null);
    expect(answer).toMatchObject({ status: 403, body: { error: 'Second factor required' } });
    const { challenge } = Object(answer.body);
    expect(await complete({ challenge, totp: await code(secret) })).toMatchObject({
      status: 200,
      body: { changePassword: true },
    });
    await ask('DELETE /user/bob');
    await create('bob');
    expect(await signIn('bob', bobPassword)).toHaveLength(64);
  });

  it('leaves its steps in the history', async () => {
    const { addTotp, signInBy, begin, complete, ask, world } = await newBob();
    const { secret } = await addTotp();
    const { challenge } = await begin();
    await complete({ challenge, totp: '000000' });
    await ask('DELETE /user/bob/factors/totp', password, await signInBy(secret));
    const history = await world.rows.history('account#bob');
    expect(history.map(({ event, details: { by, address, requestId, ...details } = {} }) => [event, details])).toEqual([
      ['created', {}],
      ['signed in', {}],
      ['second factor begun', { factor: 'totp' }],
      ['second factor added', { factor: 'totp' }],
      ['second factor due', {}],
      ['sign-in refused', { result: 'wrong-factor', factor: 'totp' }],
      ['second factor due', {}],
      ['signed in', { factor: 'totp' }],
      ['second factor removed', { factor: 'totp' }],
    ]);
    const refusals = world.logs.filter(({ message }) => message === 'sign-in refused');
    expect(refusals).toMatchObject([{ result: 'wrong-factor', SignInsRefused: 1 }]);
  });

  it('has no secret and no code in a table, a log, the history or an answer', async () => {
    const { addTotp, signInBy, code, ask, begin, complete, world } = await newBob();
    const { secret, recoveryCodes } = await addTotp();
    const token = await signInBy(secret);
    const { challenge } = await begin();
    const codes = [await code(secret), await code(secret, 30)];
    for (const totp of codes) await complete({ challenge, totp });
    await complete({ challenge, recoveryCode: recoveryCodes[0] });
    await ask('POST /user/bob/factors/totp/confirm', { totp: codes[0] }, token);
    const answers = await Promise.all(['GET /user/bob/factors', 'GET /admin/users'].map((request) => ask(request)));
    const stored = await Promise.all(tableNames.map((table) => world.rows.all(table)));
    const everything = JSON.stringify([stored, world.logs, answers]);
    for (const text of [
      secret,
      challenge,
      token,
      ...recoveryCodes,
      ...recoveryCodes.map((of) => of.replaceAll('-', '')),
    ]) {
      expect(everything).not.toContain(text);
    }
    for (const text of codes) expect(everything).not.toContain(`"${text}"`);
  });
});
