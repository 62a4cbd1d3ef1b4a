import { Suspense, useEffect, useRef, useState } from 'react';
import { matchPath, Navigate, Route, Routes, useLocation, useNavigationType } from 'react-router';
import type { Session } from '../api/session.ts';
import { ErrorAlert } from '../components/error-alert.tsx';
import { Loading } from '../components/loading.tsx';
import { staysInPlace } from '../components/use-shown-page.ts';
import { NotFound } from '../pages/not-found/page.tsx';
import OverviewPage from '../pages/overview/page.tsx';
import { useTexts } from '../texts/texts.ts';
import { ConnectionNotice } from './connection-notice.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { Frame } from './frame.tsx';
import { lazily } from './lazily.tsx';
import { addressOf, home, pages } from './navigation.ts';
import { SessionProvider } from './session-context.ts';
import { SideNavigation } from './side-navigation.tsx';
import { TopBar } from './top-bar.tsx';

/** Made once, so that a page stays as it is when the shell changes. */
const shown = pages.map((page) => ({ ...page, Component: page.load ? lazily(page.load) : OverviewPage }));

/** The frame around each page: bar, navigation, notices. */
export function Shell({ session }: { session: Session }) {
  const texts = useTexts();
  const { pathname, search } = useLocation();
  const thing = thingAt(pathname, search);
  const [signOutError, setSignOutError] = useState<unknown>();
  const mine = shown.filter(({ mayOpen }) => mayOpen?.(session) ?? true);
  useTitle(mine, pathname);
  useFocusOnPage();
  return (
    <SessionProvider value={session}>
      <nav aria-label={texts.common.skipToMain}>
        <a className="skip" href="#page">
          {texts.common.skipToMain}
        </a>
      </nav>
      <TopBar username={session.username} onSignOutFailed={setSignOutError} />
      <Frame
        navigation={<SideNavigation pages={mine} pathname={pathname} />}
        notices={
          <>
            <ConnectionNotice />
            {signOutError !== undefined && <ErrorAlert error={signOutError} />}
          </>
        }
        pathname={pathname}
      >
        <ErrorBoundary resetKey={thing}>
          <Suspense fallback={<Loading />}>
            <Routes>
              {mine.map(({ path, Component }) => (
                <Route key={path} path={addressOf(path)} element={<Component key={thing} />} />
              ))}
              <Route path="/" element={<Navigate to={home} replace />} />
              <Route path="/console" element={<Navigate to={home} replace />} />
              <Route path="*" element={<NotFound />} />
            </Routes>
          </Suspense>
        </ErrorBoundary>
      </Frame>
    </SessionProvider>
  );
}

/** The thing that an address is about. A page of another one begins anew: it has nothing of the one before. */
function thingAt(pathname: string, search: string): string {
  const parameters = new URLSearchParams(search);
  return `${pathname}#${parameters.get('id') ?? parameters.get('name') ?? ''}`;
}

type Shown = (typeof shown)[number];

function useTitle(mine: readonly Shown[], pathname: string): void {
  const { common, pages: names } = useTexts();
  const page = mine.find(({ path }) => matchPath(addressOf(path), pathname));
  useEffect(() => {
    document.title = page ? `${names[page.name]} · ${common.product}` : common.product;
  }, [page, names, common]);
}

/** Has the keyboard and screen readers go on with the page that is shown, from its top on. A filter of a page leaves them where they are. */
function useFocusOnPage(): void {
  const { key, state } = useLocation();
  const kind = useNavigationType();
  const shown = useRef(key);
  useEffect(() => {
    if (shown.current === key) return;
    shown.current = key;
    if (kind === 'REPLACE') return;
    const main = document.getElementById('page');
    if (kind === 'PUSH' && state !== staysInPlace) scrollTo(0, 0);
    if (!main?.contains(document.activeElement)) main?.focus({ preventScroll: true });
  }, [key, kind, state]);
}
