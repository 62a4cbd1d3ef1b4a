import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Suspense } from 'react';
import { BrowserRouter, useLocation } from 'react-router';
import { ApiError } from '../api/error.ts';
import { useSession } from '../api/session.ts';
import { ErrorAlert } from '../components/error-alert.tsx';
import { Loading } from '../components/loading.tsx';
import { LiveProvider } from '../live/live.tsx';
import { type Spoken, TextsProvider } from '../texts/texts.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { lazily } from './lazily.tsx';
import { addressOf } from './navigation.ts';
import { Shell } from './shell.tsx';

const SignIn = lazily(() => import('../pages/sign-in/page.tsx'));
const AddFactor = lazily(() => import('../pages/account/factor-page.tsx'));

/** Numbers change by pushes alone, so nothing is read anew by itself. */
export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.isPassing,
    },
  },
});

export function App({ spoken }: { spoken: Spoken }) {
  return (
    <TextsProvider value={spoken}>
      <QueryClientProvider client={client}>
        <BrowserRouter>
          <ErrorBoundary>
            <Suspense fallback={<Loading />}>
              <Entrance />
            </Suspense>
          </ErrorBoundary>
        </BrowserRouter>
      </QueryClientProvider>
    </TextsProvider>
  );
}

/** The pages for whoever is signed in, else the page to sign in. */
function Entrance() {
  const { data: session, error, refetch } = useSession();
  const { pathname } = useLocation();
  if (error && session === undefined)
    return (
      <main className="entrance">
        <ErrorAlert error={error} onRetry={refetch} />
      </main>
    );
  if (session === undefined) return <Loading />;
  if (session === null || session.changePassword) return <SignIn />;
  if (pathname === addressOf('account/factor')) return <AddFactor session={session} />;
  if (session.addSecondFactor) return <SignIn />;
  return (
    <LiveProvider key={session.username}>
      <Shell session={session} />
    </LiveProvider>
  );
}
