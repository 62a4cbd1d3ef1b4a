import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireFactor } from '../../shared/accounts/factors/requirement.ts';
import { permissionNames } from '../../shared/accounts/permission.ts';
import { beginSession } from '../../shared/accounts/session.ts';
import { beginSignedSession } from '../../shared/accounts/signed-session.ts';
import type { RouteDescription } from '../../shared/api/route.ts';
import { createApi, signIn } from './functions.ts';
import { type ApiHandler, send } from './requests.ts';

type Api = Awaited<ReturnType<typeof createApi>>;
interface Served {
  handler: ApiHandler;
  route: RouteDescription;
}

let api: Api;
let served: Served[];

beforeAll(async () => {
  api = await createApi();
  served = api.functions.flatMap(({ handler, routes }) => routes.map((route) => ({ handler, route })));
});

afterAll(() => api.stop());

/** Asks routes, about an account. @returns the names of those that do not refuse with one of these statuses */
async function openTo(
  some: readonly Served[],
  headers: Record<string, string>,
  statuses: number[],
  about = 'somebody',
) {
  const answers = some.map(async ({ handler, route: { method, path } }) => {
    const { status } = await send(handler, { method, path: path.replaceAll(/\{\w+\}/g, about), headers });
    return statuses.includes(status) ? [] : [`${method} ${path}`];
  });
  return (await Promise.all(answers)).flat();
}

/** Routes that need a token. */
const needing = () => served.filter(({ route }) => route.access.token === true);

/** Routes that look at a token, but for the one that ends it. */
const looking = () => served.filter(({ route: { access, path } }) => access.token !== false && !/sign-out/.test(path));

/** One of these for each function and each rule about tokens: a function treats the tokens of its routes alike. */
const samples = () =>
  [...Map.groupBy(looking(), ({ handler }) => handler).values()].flatMap((ofFunction) =>
    [true, 'optional'].flatMap((rule) => ofFunction.find(({ route }) => route.access.token === rule) ?? []),
  );

/** Tokens that open nothing, by the name of an account of their own. */
const worthless: Record<string, (name: string) => Promise<string>> = {
  'ended by a sign-out': async (name) => {
    const token = await tokenOf(name);
    await demand('POST', '/accounts/sign-out', token);
    return token;
  },
  'ended with all others of its account': async (name) => {
    const token = await tokenOf(name);
    await demand('DELETE', `/accounts/user/${name}/sessions`);
    return token;
  },
  'of an account that was deleted': async (name) => {
    const token = await tokenOf(name);
    await demand('DELETE', `/accounts/user/${name}`);
    return token;
  },
  'of an account that was deleted and made anew': async (name) => {
    const token = await tokenOf(name);
    await demand('DELETE', `/accounts/user/${name}`);
    await api.signUp(name);
    return token;
  },
  'of an account that was blocked': async (name) => {
    const token = await tokenOf(name);
    await demand('PATCH', `/accounts/admin/users/${name}`, api.tokens.admin, { blockLogin: true });
    return token;
  },
  'of an access that DST has disabled': async (name) =>
    signIn(api.context, await api.signUp(name, { accessIdentifier: name, accessDisabled: true })),
  'whose password was reset': async (name) => {
    const token = await tokenOf(name);
    await demand('POST', `/accounts/admin/users/${name}/password-reset`);
    return token;
  },
  'for the next token': async (name) => {
    const session = { restricted: false, refreshable: true, address: '' };
    return (await beginSession(api.context, await api.signUp(name), session)).refreshToken ?? '';
  },
  'for a connection to the WebSocket API': async (name) => {
    const { body } = await demand('POST', '/accounts/session/live-token', await tokenOf(name));
    return Object(body).token;
  },
  'signed, and ended by a sign-out': async (name) => {
    const token = await signedToken(name);
    await demand('POST', '/accounts/sign-out', token);
    return token;
  },
  'signed, and changed afterwards': async (name) => {
    const token = await signedToken(name);
    return JSON.stringify({ ...JSON.parse(token), perm: 1 });
  },
};

const tokenOf = async (name: string) => signIn(api.context, await api.signUp(name));
const signedToken = async (name: string) =>
  JSON.stringify(await beginSignedSession(api.context, await api.signUp(name), { address: '' }));

/** Sends a request about accounts that must succeed. */
async function demand(method: string, path: string, token = api.tokens.admin, body: object = {}) {
  const handler = api.functions[0]?.handler as ApiHandler;
  const headers = { token, 'content-type': 'application/json' };
  const answer = await send(handler, { method, path, headers, body: JSON.stringify(body) });
  expect(answer.status, `${method} ${path}`).toBe(200);
  return answer;
}

describe('whichever route there is, it', () => {
  it('asks for a token, unless it is for everybody', async () => {
    expect(await openTo(needing(), {}, [400, 401])).toEqual([]);
  });

  it('takes no token that is none, also where none is needed', async () => {
    expect(await openTo(looking(), { token: 'x'.repeat(64) }, [401])).toEqual([]);
  });

  it.each(Object.entries(worthless))('takes no token %s', async (why, make) => {
    const token = await make(why.replaceAll(/\W/g, ''));
    expect(await openTo(samples(), { token }, [401])).toEqual([]);
  });

  it('takes no cookie of a session from another page', async () => {
    const token = await tokenOf('page');
    const cookie = `__Host-dst-gateway-session=${token}; dst-gateway-session=${token}`;
    for (const site of ['cross-site', 'same-site', 'none']) {
      const headers = { cookie, 'x-console': '1', 'sec-fetch-site': site };
      expect(await openTo(needing(), headers, [400, 401])).toEqual([]);
    }
  });

  it('is closed to who has to change the password, but for that', async () => {
    const token = await signIn(api.context, await api.signUp('fresh', { changePassword: true }), true);
    const open = await openTo(looking(), { token }, [403], 'fresh');
    expect(open).toEqual(['GET /accounts/session', 'PUT /accounts/user/{username}/password']);
  });

  it('is closed to who has to add a second factor, but for that', async () => {
    await requireFactor(api.context, 'api_clients', true, { by: 'eve' });
    const token = await signIn(api.context, await api.signUp('single', { permissions: ['api_clients'] }));
    const open = await openTo(looking(), { token }, [403], 'single');
    expect(open.map((name) => name.replace('/accounts/user/{username}', ''))).toEqual([
      'GET /accounts/session',
      'POST /factors/passkeys/options',
      'POST /factors/passkeys',
      'GET /factors',
      'POST /factors/totp',
      'POST /factors/totp/confirm',
    ]);
  });

  it.each(['none', ...permissionNames])(
    'is closed to others than its own people: permission %s',
    async (permission) => {
      await requireFactor(api.context, 'api_clients', false, { by: 'eve' });
      const token = await signIn(api.context, await api.signUp(`has ${permission}`, { permissions: [permission] }));
      const ofOthers = looking().filter(({ route: { access } }) => {
        const isOfSome = /permission `|itself/.test(access.description);
        return isOfSome && !access.description.includes(`\`${permission}\``);
      });
      expect(await openTo(ofOthers, { token }, [403])).toEqual([]);
    },
  );

  it('has people of its own, if it manages accounts or operates the gateway', () => {
    const ofSome = served.filter(({ route }) => /^\/(?:operate|accounts\/(?:admin|users?))\b/.test(route.path));
    const ofAll = ofSome.filter(({ route }) => !/`admin`|`operator`|itself/.test(route.access.description));
    expect(ofAll.map(({ route }) => route.path)).toEqual([]);
  });
});
