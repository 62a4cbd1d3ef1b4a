import { describe, expect, it } from 'vitest';
import { authenticateFully } from '../../shared/accounts/factors/requirement.ts';
import { useWorlds } from '../support/setup.ts';
import { bobPassword } from './api.ts';
import { createBob } from './second-factor-fixture.ts';

const createWorld = useWorlds();
const password = { password: bobPassword };
const mustAdd = { status: 403, body: { error: 'Access Denied', message: 'A second factor must be added' } };

async function newBob() {
  const bob = await createBob(await createWorld());
  const { ask } = bob;
  await ask('POST /admin/bob/operator');
  const require = (secondFactorRequired: boolean, permission = 'operator') =>
    ask(`PATCH /admin/permissions/${permission}`, { secondFactorRequired });
  const authenticate = () => ask('POST /authenticate', { username: 'bob', ...password }, null);
  return { ...bob, require, authenticate };
}

describe('a permission that requires a second factor', () => {
  it('limits the tokens of who has it without one, at once, to adding one', async () => {
    const { ask, require, authenticate, signIn, showTotp, code, signInBy, world } = await newBob();
    const old = await signIn('bob', bobPassword);
    expect(await ask('GET /user/bob', undefined, old)).toMatchObject({ status: 200 });
    const { status, body } = await require(true);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { permission: 'operator', members: ['bob'], secondFactorRequired: true },
    });
    const answer = await authenticate();
    expect(answer).toMatchObject({ status: 200, body: { addSecondFactor: true } });
    const { token } = Object(answer.body);
    for (const limited of [old, token]) {
      for (const request of ['GET /user/bob', 'GET /user/bob/sessions', 'DELETE /user/bob/sessions']) {
        expect(await ask(request, undefined, limited)).toMatchObject(mustAdd);
      }
      const change = { currentPassword: bobPassword, newPassword: 'canary tulip under the bridge' };
      expect(await ask('PUT /user/bob/password', change, limited)).toMatchObject(mustAdd);
      expect(await authenticateFully(world.context, limited)).toBeUndefined();
      expect(await ask('GET /session', undefined, limited)).toMatchObject({ body: { addSecondFactor: true } });
      expect(await ask('GET /user/bob/factors', undefined, limited)).toMatchObject({ status: 200 });
      expect(await ask('POST /user/bob/factors/passkeys/options', password, limited)).toMatchObject({ status: 200 });
    }
    const { secret } = await showTotp(token);
    const added = await ask('POST /user/bob/factors/totp/confirm', { totp: await code(secret) }, token);
    expect(added).toMatchObject({ status: 200 });
    for (const limited of [old, token]) {
      expect(await ask('GET /user/bob', undefined, limited), 'tokens of the password alone end').toMatchObject({
        status: 401,
      });
    }
    const full = await signInBy(secret);
    expect(await ask('GET /user/bob', undefined, full)).toMatchObject({ status: 200 });
    expect(await authenticateFully(world.context, full)).toMatchObject({ account: { account: 'bob' } });
  });

  it('shows an admin who lacks one the own factors alone', async () => {
    const { ask, require, create, signIn } = await newBob();
    await create('eve');
    await ask('POST /admin/bob/admin');
    const token = await signIn('bob', bobPassword);
    expect(await ask('GET /user/eve/factors', undefined, token)).toMatchObject({ status: 200 });
    await require(true);
    expect(await ask('GET /user/eve/factors', undefined, token)).toMatchObject(mustAdd);
    expect(await ask('GET /user/bob/factors', undefined, token)).toMatchObject({ status: 200 });
  });

  it('limits nobody else, nor anybody after it was taken back or taken away', async () => {
    const { ask, require, create, signIn } = await newBob();
    await create('eve');
    await require(true);
    expect(await ask('GET /user/eve', undefined, await signIn('eve', bobPassword))).toMatchObject({ status: 200 });
    const token = await signIn('bob', bobPassword);
    await require(false);
    expect(await ask('GET /user/bob', undefined, token)).toMatchObject({ status: 200 });
    await require(true);
    expect(await ask('GET /user/bob', undefined, token)).toMatchObject(mustAdd);
    await ask('DELETE /admin/bob/operator');
    expect(await ask('GET /user/bob', undefined, token)).toMatchObject({ status: 200 });
  });

  it('limits an account again whose factor is removed', async () => {
    const { ask, require, addTotp, signInBy } = await newBob();
    await require(true);
    const { secret } = await addTotp();
    const token = await signInBy(secret);
    expect(await ask('DELETE /user/bob/factors/totp', password, token)).toMatchObject({ status: 200 });
    expect(await ask('GET /user/bob', undefined, token)).toMatchObject(mustAdd);
  });

  it('asks for a due new password first', async () => {
    const { ask, require, authenticate } = await newBob();
    await require(true);
    const { body } = await ask('POST /admin/users/bob/password-reset');
    const sent = { username: 'bob', password: Object(body).password };
    const { body: signedIn } = await ask('POST /authenticate', sent, null);
    expect(signedIn).toMatchObject({ changePassword: true, addSecondFactor: true });
    const { token } = Object(signedIn);
    expect(await ask('POST /user/bob/factors/totp', { password: sent.password }, token)).toMatchObject({
      status: 403,
      body: { message: 'Password must be changed' },
    });
    const change = { currentPassword: sent.password, newPassword: bobPassword };
    expect(await ask('PUT /user/bob/password', change, token)).toMatchObject({ status: 200 });
    expect((await authenticate()).body).toMatchObject({ addSecondFactor: true });
  });

  it('binds the admin who sets it, too, and only admins may', async () => {
    const { ask, require, signIn } = await newBob();
    expect(await ask('PATCH /admin/permissions/admin', {}, await signIn('bob', bobPassword))).toMatchObject({
      status: 403,
    });
    expect(await require(true, 'nobody')).toMatchObject({ status: 404 });
    expect(await require(true, 'admin')).toMatchObject({ status: 200 });
    expect(await ask('GET /admin/permissions')).toMatchObject(mustAdd);
  });

  it('is shown with the permission, and its changes are in its history', async () => {
    const { ask, require, world } = await newBob();
    const read = async () => (await ask('GET /admin/permissions/operator')).body;
    const documented = { permission: 'operator', members: ['bob'], description: expect.any(String) };
    expect(await read()).toEqual(documented);
    for (const required of [false, true, true, false]) await require(required);
    expect(await read()).toEqual(documented);
    await Promise.all(Array.from({ length: 8 }, () => require(true)));
    expect(await read()).toEqual({ ...documented, secondFactorRequired: true });
    expect((await ask('GET /admin/permissions')).body).toMatchObject({
      permissions: [{ name: 'admin' }, { name: 'operator', secondFactorRequired: true }, { name: 'api_clients' }],
    });
    const history = await world.rows.history('permission#operator');
    expect(history.map(({ sequence, event, details }) => [sequence, event, details?.secondFactorRequired])).toEqual([
      [1, 'changed', true],
      [2, 'changed', false],
      [3, 'changed', true],
    ]);
    expect(history[0]?.details).toMatchObject({ by: 'root-admin', address: expect.any(String) });
  });
});
