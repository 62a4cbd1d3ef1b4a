import { expect, it } from 'vitest';
import { useWorlds } from '../support/setup.ts';
import { createAuthApi, tokenIn } from './auth-api.ts';

const createWorld = useWorlds();

it.each(['before', 'after'] as const)(
  'a login that dies %s any of its calls leaves nothing by halves',
  async (when) => {
    const world = await createWorld();
    const { accounts, login, ask } = await createAuthApi(world);
    let calls = 0;
    world.outside.before = () => void calls++;
    await login();
    world.outside.heal();
    expect(calls).toBeGreaterThan(8);
    for (let call = 1; call <= calls; call++) {
      const name = `user-${call}`;
      const email = `${name}@centre.example`;
      await accounts.create(name);
      const dies = world.outside.crashAt(call, when);
      const answer = await login({ email });
      // A call that was refused has had no effect to die after.
      const died = dies();
      world.outside.heal();
      // The answer to a try that has died never comes, or is a failure.
      expect(answer.status).toBe(died ? 500 : 200);
      const [one, two] = [tokenIn((await login({ email })).body), tokenIn((await login({ email })).body)];
      expect(one.id).toBe(two.id);
      expect(await ask('POST /validate', { token: one })).toMatchObject({ body: { success: true } });
    }
    const rows = (await world.rows.all('accounts')).map(({ account, uid }) => ({ account: String(account), uid }));
    const given = rows.flatMap(({ uid }) => (uid === undefined ? [] : `uid#${uid}`));
    const kept = rows.flatMap(({ account }) => (account.startsWith('uid#') ? account : []));
    expect(kept.toSorted()).toEqual(given.toSorted());
  },
);
