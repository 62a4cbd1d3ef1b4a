import { describe, expect, it } from 'vitest';
import { useWorlds } from '../support/setup.ts';
import { bobPassword, createAccountsApi } from './api.ts';

const createWorld = useWorlds();
const createApi = async () => createAccountsApi(await createWorld());
const bob = { username: 'bob', autoGeneratePassword: false, password: bobPassword, email: 'bob@centre.example' };
const key = { 'idempotency-key': 'd6f1c2a0-7d5b' };

describe('a request with an idempotency key', () => {
  it('that creates an account gets the same answer when it is sent again, by many at once too', async () => {
    const { ask, world } = await createApi();
    const send = () => ask('POST /user/bob', bob, undefined, key);
    const answers = await Promise.all(Array.from({ length: 8 }, send));
    for (const { status, body } of [...answers, await send()]) {
      expect({ status, body }).toEqual({ status: 201, body: { message: 'User bob was created successfully' } });
    }
    const created = (await world.rows.all('history')).filter(({ subject }) => subject === 'account#bob');
    expect(created.map(({ event }) => event)).toEqual(['created']);
    expect(JSON.stringify(await world.rows.all('accounts'))).not.toContain(bobPassword);
  });

  it('is another request with another key, another body or another caller', async () => {
    const { ask, create, signIn } = await createApi();
    await create('eve');
    await ask('POST /admin/eve/admin');
    const eve = await signIn('eve', bobPassword);
    await ask('POST /user/bob', bob, undefined, key);
    const again = [
      await ask('POST /user/bob', bob),
      await ask('POST /user/bob', bob, undefined, { 'idempotency-key': 'another' }),
      await ask('POST /user/bob', { ...bob, fname: 'Bob' }, undefined, key),
      await ask('POST /user/bob', bob, eve, key),
    ];
    expect(again.map(({ status }) => status)).toEqual([409, 409, 409, 409]);
  });

  it('that gives a permission gets the same answer, and does not give it again', async () => {
    const { ask, create } = await createApi();
    await create('bob');
    const give = () => ask('POST /admin/bob/operator', undefined, undefined, key);
    expect(await give()).toMatchObject({ status: 201 });
    expect(await give()).toMatchObject({
      status: 201,
      body: { message: 'Permission operator has been added to bob' },
    });
    await ask('DELETE /admin/bob/operator');
    expect(await give()).toMatchObject({ status: 201 });
    expect(await ask('GET /admin/bob/operator')).toMatchObject({ body: { hasPermission: false } });
  });

  it.each(['', 'a b', 'é', 'x'.repeat(256)])('of %j is refused', async (text) => {
    const { ask } = await createApi();
    expect(await ask('POST /user/bob', bob, undefined, { 'idempotency-key': text })).toMatchObject({ status: 400 });
    expect(await ask('GET /user/bob')).toMatchObject({ status: 404 });
  });
});
