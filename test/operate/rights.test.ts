import { describe, expect, it } from 'vitest';
import { allOperateRoutes } from '../../shared/operate/routes.ts';
import { badToken, noToken, notPermitted } from '../accounts/answers.ts';
import { useWorlds } from '../support/setup.ts';
import { createOperateApi } from './operate-api.ts';

const createWorld = useWorlds();
const routes = allOperateRoutes.map(({ method, path }) => `${method} ${path.replace('/operate/', '')}`);

describe('the routes of operators', () => {
  it('are for accounts with the permission operator alone', async () => {
    const { ask, signUp, olga } = await createOperateApi(await createWorld());
    const tokens = {
      stranger: null,
      forger: 'x'.repeat(64),
      researcher: await signUp('rita'),
      program: await signUp('program', ['api_clients']),
      admin: await signUp('adam', ['admin']),
      operator: olga,
    };
    const answersTo = async (request: string, token: string | null) => {
      const { status, body } = await ask(request, undefined, token);
      return [status, body];
    };
    for (const request of routes) {
      const { operator, ...others } = tokens;
      const answers = Object.entries(others).map(async ([who, token]) => [who, await answersTo(request, token)]);
      expect({ request, ...Object.fromEntries(await Promise.all(answers)) }).toEqual({
        request,
        stranger: [400, noToken],
        forger: [401, badToken],
        researcher: [403, notPermitted],
        program: [403, notPermitted],
        admin: [403, notPermitted],
      });
      const { status } = await ask(request, undefined, operator);
      expect([200, 202, 400], request).toContain(status);
    }
  });

  it('name the methods that there are', async () => {
    const { ask } = await createOperateApi(await createWorld());
    expect(await ask('DELETE status')).toMatchObject({ status: 405, headers: { allow: 'GET' } });
    expect(await ask('GET pause')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(await ask('GET unicorns')).toMatchObject({ status: 404 });
  });
});
