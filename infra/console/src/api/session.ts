import { type QueryClient, queryOptions, useQuery } from '@tanstack/react-query';
import * as z from 'zod';
import { call, pathOf } from './call.ts';
import { ApiError } from './error.ts';
import { useLastError } from './use-last-error.ts';

const session = z.object({
  username: z.string(),
  permissions: z.array(z.string()),
  changePassword: z.boolean(),
  addSecondFactor: z.boolean(),
});

export type Session = z.infer<typeof session>;

export const sessionKey = ['session'];

const sessionQuery = queryOptions({
  queryKey: sessionKey,
  async queryFn({ client, signal }): Promise<Session | null> {
    const before = client.getQueryData<Session | null>(sessionKey);
    const now = await fetchSession(signal);
    // The next person sees nothing of the one before.
    if (before && before.username !== now?.username)
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
    return now;
  },
});

async function fetchSession(signal: AbortSignal): Promise<Session | null> {
  try {
    return await call({ path: '/accounts/session', schema: session, signal });
  } catch (error) {
    if (error instanceof ApiError && (error.status === 400 || error.status === 401)) return null;
    throw error;
  }
}

/** Reads the session before anything is drawn, so that nothing is drawn in vain. A failure is left to `useSession`. */
export const readSession = (client: QueryClient): Promise<void> => client.prefetchQuery(sessionQuery);

/** The account that is signed in; `null` when nobody is. */
export const useSession = () => useLastError(useQuery(sessionQuery), 'session');

/** Whether an account may do what operators do. */
export const isOperator = ({ permissions }: Session): boolean => permissions.includes('operator');

export const isAdmin = ({ permissions }: Session): boolean => permissions.includes('admin');

/** Whether an account may see who may do something. Only admins change it. */
export const maySeeAccounts = (session: Session): boolean => isAdmin(session) || isOperator(session);

const anything = z.unknown();

export const signOut = () => call({ method: 'POST', path: '/accounts/sign-out', schema: anything });

export const signOutEverywhere = (userName: string) =>
  call({ method: 'DELETE', path: pathOf`/accounts/user/${userName}/sessions`, schema: anything });
