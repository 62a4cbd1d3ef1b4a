import { type AccountRow, accountCreation } from '../../shared/accounts/account.ts';
import { authenticator } from '../../shared/accounts/caller.ts';
import { hashPassword } from '../../shared/accounts/password-hash.ts';
import type { AccountsContext } from '../../shared/accounts/routes/context.ts';
import { accountRoutes } from '../../shared/accounts/routes.ts';
import { beginSession } from '../../shared/accounts/session.ts';
import { http } from '../../shared/api/http.ts';
import { passwordKeys } from '../../shared/platform/password-keys.ts';
import { transact } from '../../shared/platform/transaction.ts';
import { send } from '../api/requests.ts';
import { passwordSecret, type World } from '../support/world.ts';

export const rootPassword = 'canary root lamp on the hill';
export const bobPassword = 'canary bob kayak in the frost';

const centre = { name: 'DST Gateway test', domain: 'centre.example', origins: ['https://api.centre.example'] };

/** Hashed once for all tests of a process. */
const rootHash = hashPassword(rootPassword);

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
  service: AccountsContext['service'] = centre,
): Promise<AccountsApi> {
  const keys = passwordKeys(async () => JSON.stringify(passwordSecret));
  const context = { ...world.context, settings, keys, service, liveUrl: 'wss://live.centre.example' };
  const handler = http({ ...context, authenticate: authenticator(context) }, accountRoutes);
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
  const [userName, now] = ['root-admin', world.clock.now()];
  const root: AccountRow = {
    account: userName,
    userName,
    passwordHash: await rootHash,
    passwordGenerated: false,
    changePassword: false,
    blockLogin: false,
    permissions: ['admin'],
    generation: 'first',
    createdAt: now,
    version: 0,
  };
  await transact(context.db, context.clock, accountCreation(context.tables.accounts, root));
  const session = { restricted: false, refreshable: false, address: '127.0.0.1' };
  api.root = (await beginSession(context, root, session)).token;
  return api;
}
