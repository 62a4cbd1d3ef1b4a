import { findCaller } from '../../shared/accounts/caller.ts';
import { createAccount } from '../../shared/accounts/manage.ts';
import type { AccountsContext } from '../../shared/accounts/routes/context.ts';
import { accountRoutes } from '../../shared/accounts/routes.ts';
import { http } from '../../shared/api/http.ts';
import { send } from '../api/requests.ts';
import type { World } from '../support/world.ts';

export const rootPassword = 'canary root lamp on the hill';
export const bobPassword = 'canary bob kayak in the frost';

/** The HTTP API of accounts over a world's tables, with an admin `root` who is signed in. */
export interface AccountsApi {
  world: World;
  handler: ReturnType<typeof http>;
  root: string;
  /** Sends a request, as `root` unless another token is given; none with `null`. */
  ask(
    request: string,
    body?: unknown,
    token?: string | null,
    headers?: Record<string, string>,
  ): ReturnType<typeof send>;
  signIn(username: string, password: string): Promise<string>;
  /** Creates `name` with `bobPassword`. */
  create(name: string, fields?: object): ReturnType<typeof send>;
}

export async function createAccountsApi(
  world: World,
  settings: AccountsContext['settings'] = { hideUnknownUsers: false },
): Promise<AccountsApi> {
  const context = { ...world.context, settings };
  const handler = http({ ...context, authenticate: (token: string) => findCaller(context, token) }, accountRoutes);
  const ask: AccountsApi['ask'] = (request, body, token = api.root, headers = {}) => {
    const [, method = '', target = ''] = /^(\S+) (.*)$/.exec(request) ?? [];
    const [path = '', query = ''] = target.split('?');
    const sent = {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== null && { token }),
      ...headers,
    };
    return send(handler, {
      method,
      path: `/accounts${path}`,
      query,
      headers: sent,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  };
  const signIn: AccountsApi['signIn'] = async (username, password) => {
    const { body } = await ask('POST /authenticate', { username, password }, null);
    return String(Reflect.get(Object(body), 'token'));
  };
  const create: AccountsApi['create'] = (name, fields = {}) =>
    ask(`POST /user/${name}`, {
      username: name,
      autoGeneratePassword: false,
      password: bobPassword,
      email: `${name}@centre.example`,
      ...fields,
    });
  const api: AccountsApi = { world, handler, root: '', ask, signIn, create };
  await createAccount(
    context,
    {
      userName: 'root-admin',
      password: rootPassword,
      changePassword: false,
      blockLogin: false,
      permissions: ['admin'],
    },
    { by: 'test' },
  );
  api.root = await signIn('root-admin', rootPassword);
  return api;
}
