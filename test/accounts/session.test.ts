import { describe, expect, it } from 'vitest';
import { useWorlds } from '../support/setup.ts';
import { type AccountsApi, bobPassword, createAccountsApi } from './api.ts';

const createWorld = useWorlds();
const createApi = async (): Promise<AccountsApi> => createAccountsApi(await createWorld());

describe('a session', () => {
  it('ends with sign-out, and no other session with it', async () => {
    const { ask, create, signIn } = await createApi();
    await create('bob');
    const [one, other] = [await signIn('bob', bobPassword), await signIn('bob', bobPassword)];
    const { body } = await ask('GET /user/bob/sessions', undefined, one);
    const session = {
      createdAt: '2026-01-05T08:00:00Z',
      exp: '2026-01-05T20:00:00Z',
      address: '192.0.2.1',
      userAgent: '',
    };
    expect(Object(body).sessions).toEqual(
      expect.arrayContaining([
        { ...session, current: true },
        { ...session, current: false },
      ]),
    );
    expect(await ask('POST /sign-out', undefined, one)).toMatchObject({ status: 200, body: { message: 'Signed out' } });
    expect(await ask('GET /session', undefined, one)).toMatchObject({ status: 401 });
    expect(await ask('GET /session', undefined, other)).toMatchObject({ status: 200 });
    expect(await ask('DELETE /user/bob/sessions', undefined, other)).toMatchObject({ status: 200 });
    expect(await ask('GET /session', undefined, other)).toMatchObject({ status: 401 });
    expect((await ask('GET /user/bob/sessions')).body).toEqual({ sessions: [] });
  });

  it('is signed out once by two requests at once', async () => {
    const { world, ask, create, signIn } = await createApi();
    await create('bob');
    for (let call = 1; ; call++) {
      const token = await signIn('bob', bobPassword);
      const signOut = () => ask('POST /sign-out', undefined, token);
      const at = world.outside.beforeCall(call, signOut);
      expect([200, 401]).toContain((await signOut()).status);
      world.outside.heal();
      if (!at()) break;
      const history = await world.rows.history('account#bob');
      expect(history.filter(({ event }) => event === 'signed out')).toHaveLength(call);
    }
  });

  it('that is gone costs no more than one read', async () => {
    const { world, ask, create, signIn } = await createApi();
    await create('bob');
    const token = await signIn('bob', bobPassword);
    await ask('POST /sign-out', undefined, token);
    const calls: string[] = [];
    world.outside.before = ({ name }) => void calls.push(name);
    for (let request = 0; request < 3; request++) {
      expect(await ask('GET /session', undefined, token)).toMatchObject({ status: 401 });
    }
    expect(calls.length).toBeLessThanOrEqual(1);
  });
});
