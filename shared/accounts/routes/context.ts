import * as z from 'zod';
import type { Caller } from '../../api/access.ts';
import { errorBody } from '../../api/error-body.ts';
import { type Route, routesOf, type SentRequest } from '../../api/route.ts';
import type { AccountRow } from '../account.ts';
import type { FactorContext } from '../context.ts';
import type { Actor } from '../history.ts';

/** Context of the routes of accounts. */
export interface AccountsContext extends FactorContext {
  settings: {
    /** Whether a sign-in to an unknown user name is answered as one with a wrong password. */
    hideUnknownUsers: boolean;
  };
  /** Where clients of the WebSocket API connect. */
  liveUrl: string;
  /** Called with each sign-in, before it is answered. @returns values of `Set-Cookie` for the answer */
  onSignIn?(account: AccountRow, request: SignInOrigin): Promise<readonly string[]>;
}

/** The request of a sign-in. */
export type SignInOrigin = Pick<SentRequest, 'headers' | 'address' | 'requestId'>;

export const route = routesOf<AccountsContext>();
export type AccountsRoute = Route<AccountsContext>;

/** Sender of a request, for the history. */
export const actorOf = (request: { caller: Caller; address: string; requestId: string }): Actor => ({
  by: request.caller.name,
  address: request.address,
  requestId: request.requestId,
});

export const userParameters = z.object({ username: z.string().meta({ examples: ['bob'] }) });

/** An answer with a text for people under `error`. */
export const errorAnswer = (description: string, example: string) => ({
  description,
  body: errorBody.meta({ examples: [{ error: example }] }),
});

/** An answer with a text for people under `message`. */
export const messageAnswer = (description: string, example: string) => ({
  description,
  body: z.object({ message: z.string() }).meta({ examples: [{ message: example }] }),
});
