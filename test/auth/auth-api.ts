import { z } from 'zod';
import type { AuthContext } from '../../shared/accounts/auth-routes/context.ts';
import { authRoutes } from '../../shared/accounts/auth-routes.ts';
import { authenticator } from '../../shared/accounts/caller.ts';
import { http } from '../../shared/api/http.ts';
import { formatKeyRing, type KeyRing, withNewKey } from '../../shared/auth/key-ring.ts';
import { type SignedToken, tokenSchema } from '../../shared/auth/signed-token.ts';
import { makeSigningKey, signingKeys } from '../../shared/auth/signing-keys.ts';
import { type AccountsApi, bobPassword, createAccountsApi } from '../accounts/api.ts';
import { send } from '../api/requests.ts';
import type { World } from '../support/world.ts';

/** Made once for all tests of a process. */
const firstKey = makeSigningKey();

/** The HTTP APIs of accounts and of signed tokens over a world's tables, with an account `bob`. */
export interface AuthApi {
  accounts: AccountsApi;
  /** Makes a new key. @param revoke drops those of before */
  rotate(revoke?: boolean): Promise<void>;
  /** Sends a request to `/auth`. */
  ask(request: string, body?: unknown): ReturnType<typeof send>;
  login(fields?: object): ReturnType<typeof send>;
  /** @returns the token of a login as bob */
  token(): Promise<SignedToken>;
}

export async function createAuthApi(
  world: World,
  settings: AuthContext['settings'] = { hideUnknownUsers: false },
  accounts?: AccountsApi,
): Promise<AuthApi> {
  const now = () => world.clock.now();
  let ring: KeyRing = withNewKey(undefined, await firstKey, now());
  const keys = signingKeys(async () => formatKeyRing(ring), now);
  const context = { ...world.context, settings, signingKeys: keys };
  const handler = http({ ...context, authenticate: authenticator(context) }, authRoutes);
  const api: AuthApi = {
    accounts: accounts ?? (await createAccountsApi(world, settings)),
    async rotate(revoke = false) {
      ring = withNewKey(revoke ? undefined : ring, await makeSigningKey(), now());
    },
    async ask(request, body) {
      const [method = '', path = ''] = request.split(' ');
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return send(handler, { method, path: `/auth${path}`, ...(body !== undefined && { body: text }) });
    },
    login: (fields = {}) => api.ask('POST /login', { email: 'bob@centre.example', password: bobPassword, ...fields }),
    token: async () => tokenIn((await api.login()).body),
  };
  if (!accounts) await api.accounts.create('bob');
  return api;
}

/** The token of an answer. */
export const tokenIn = (body: unknown): SignedToken => z.object({ token: tokenSchema }).parse(body).token;
