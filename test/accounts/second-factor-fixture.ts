import { generate } from 'otplib';
import { z } from 'zod';
import type { World } from '../support/world.ts';
import { type AccountsApi, bobPassword, createAccountsApi } from './api.ts';

const shown = z.object({ secret: z.string(), uri: z.string() });
const added = z.object({ message: z.string(), recoveryCodes: z.array(z.string()).optional() });
const due = z.object({
  error: z.literal('Second factor required'),
  challenge: z.string(),
  exp: z.string(),
  factors: z.array(z.string()),
});
const signedIn = z.object({ token: z.string(), exp: z.string() });

export type Factors = ReturnType<typeof factorsOf>;

/** An account `bob` and steps with second factors. The app's clock is the gateway's. */
export async function createBob(world: World): Promise<AccountsApi & Factors> {
  const api = await createAccountsApi(world);
  await api.create('bob');
  return { ...api, ...factorsOf(api) };
}

function factorsOf({ world, ask, signIn }: AccountsApi) {
  /** The code that an app shows. @param ahead seconds from now */
  const code = (secret: string, ahead = 0) =>
    generate({ secret, epoch: Math.floor(world.clock.now() / 1_000) + ahead });
  const nextStep = () => world.clock.advance(30_000);

  /** The first step of a sign-in. */
  const begin = async (body: object = {}) =>
    due.parse((await ask('POST /authenticate', { username: 'bob', password: bobPassword, ...body }, null)).body);

  /** The second step of a sign-in. */
  const complete = (body: object) => ask('POST /authenticate/second-factor', body, null);

  /** A token of a whole sign-in by a code of the next time step. */
  async function signInBy(secret: string): Promise<string> {
    nextStep();
    const { challenge } = await begin();
    return signedIn.parse((await complete({ challenge, totp: await code(secret) })).body).token;
  }

  async function showTotp(token: string) {
    return shown.parse((await ask('POST /user/bob/factors/totp', { password: bobPassword }, token)).body);
  }

  /** Gives bob TOTP, as his first factor. All tokens of before have ended. */
  async function addTotp() {
    const token = await signIn('bob', bobPassword);
    const { secret } = await showTotp(token);
    const { body } = await ask('POST /user/bob/factors/totp/confirm', { totp: await code(secret) }, token);
    return { secret, recoveryCodes: added.parse(body).recoveryCodes ?? [], token };
  }

  return { code, nextStep, begin, complete, signInBy, showTotp, addTotp };
}
