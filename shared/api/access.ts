import type * as z from 'zod';
import type { Refusal } from './answer.ts';
import { refusals } from './refusals.ts';

/** The account that a token belongs to. */
export interface Caller {
  readonly name: string;
  readonly permissions: readonly string[];
  /** Names the token without being it. */
  readonly session: string;
  /** Until a new password is set the token opens only the routes that say so. */
  readonly mustChangePassword: boolean;
  /** Until a second factor is added, which a permission requires, the token opens only the routes that say so. */
  readonly mustAddFactor: boolean;
}

/**
 * Finds the account that a token belongs to.
 *
 * @param token as sent, never empty; anything may have been sent
 * @returns undefined when the token is unknown, expired or revoked
 */
export type AuthenticateCaller = (token: string) => Promise<Caller | undefined>;

/** Rule of who may use a route. */
export interface RouteAccess<Admitted extends Caller | undefined> {
  /** Whether a token is asked for. One that is `optional` has to be valid where it is sent. */
  readonly token: boolean | 'optional';
  /** Replaces the usual refusal of a request without a token. */
  noToken?(): Refusal;
  /** Refusals in other words than the usual ones, for the API's description. */
  readonly answers?: Readonly<Record<number, { description: string; body: z.ZodType }>>;
  /** For people, in the API's description. */
  readonly description: string;
  /**
   * @param caller the owner of a valid token; undefined when none is asked for, or an optional one was not sent
   * @param parameters of the path, as sent
   * @returns the caller that the handler gets
   * @throws Refusal when the caller may not
   */
  admit(caller: Caller | undefined, parameters: Readonly<Record<string, string>>): Admitted;
}

/** Everybody, without a token. */
export const anyone: RouteAccess<undefined> = {
  token: false,
  description: 'Anyone, without a token.',
  admit: () => undefined,
};

/**
 * The owner of a valid token under a condition.
 *
 * @param allows decides; parameters of the path come as sent
 */
export const callerWho = (
  description: string,
  allows: (caller: Caller, parameters: Readonly<Record<string, string>>) => boolean,
): RouteAccess<Caller> => ({
  token: true,
  description,
  admit(caller, parameters) {
    if (!caller) throw refusals.noToken();
    if (!allows(caller, parameters)) throw refusals.notPermitted();
    return caller;
  },
});

/** Every account. */
export const signedIn: RouteAccess<Caller> = callerWho('Every account.', () => true);

/** Accounts that have a permission. */
export const holderOf = (permission: string): RouteAccess<Caller> =>
  callerWho(`Accounts with the permission \`${permission}\`.`, (caller) => caller.permissions.includes(permission));

/**
 * The token of a request: header `token`, `Authorization: Bearer` or `UWS-Authorization: Token`.
 *
 * @param headers by lower-case name
 * @returns undefined when no header has one
 * @throws Refusal when headers have different tokens
 */
export function tokenIn(headers: Readonly<Record<string, string | undefined>>): string | undefined {
  const sent = [
    headers.token?.trim(),
    after(/^bearer(?: +|$)/i, headers.authorization),
    after(/^token(?: +|$)/i, headers['uws-authorization']),
  ].filter((token) => token !== undefined && token !== '');
  if (new Set(sent).size > 1) throw refusals.invalidToken();
  return sent[0];
}

/** Another scheme than the expected one is a token that is not valid, not a token that is missing. */
function after(scheme: RegExp, header: string | undefined): string | undefined {
  return header?.trim().replace(scheme, '');
}
