import { createContext, useContext } from 'react';
import type { Session } from '../api/session.ts';

const SessionContext = createContext<Session | undefined>(undefined);
export const SessionProvider = SessionContext.Provider;

/** The account that is signed in, on the pages that only show when one is. */
export function useAccount(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('Nobody is signed in');
  return session;
}
