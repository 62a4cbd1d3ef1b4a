import TopNavigation, { type TopNavigationProps } from '@cloudscape-design/components/top-navigation';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { type Session, sessionKey, signOut, signOutEverywhere } from '../api/session.ts';
import { useLive } from '../live/live.tsx';
import { keepLanguage, languages } from '../texts/language.ts';
import { useLanguage, useTexts } from '../texts/texts.ts';
import { chooseAppearance, useIsDark } from './appearance.ts';
import { addressOf, home } from './navigation.ts';

export function TopBar({ session }: { session: Session }) {
  const { common } = useTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const language = useLanguage();
  const isDark = useIsDark();
  const { state } = useLive();

  const leave = async (end: () => Promise<unknown>) => {
    await end();
    client.clear();
    await client.invalidateQueries({ queryKey: sessionKey });
    location.assign(home);
  };
  const actions: Record<string, () => unknown> = {
    'sign-out': () => leave(signOut),
    'sign-out-everywhere': () => leave(() => signOutEverywhere(session.username)),
    appearance: () => chooseAppearance(isDark ? 'light' : 'dark'),
    ...Object.fromEntries(
      Object.keys(languages).map((name) => [
        `language-${name}`,
        () => {
          keepLanguage(name === 'da' ? 'da' : 'en');
          location.reload();
        },
      ]),
    ),
  };
  const utilities: TopNavigationProps.Utility[] = [
    {
      type: 'button',
      iconName: state === 'open' ? 'status-positive' : 'status-pending',
      text: state === 'open' ? common.live.connected : common.live.connecting,
    },
    {
      type: 'menu-dropdown',
      iconName: 'user-profile',
      text: session.username,
      ariaLabel: `${common.account.menu}: ${session.username}`,
      items: [
        { id: 'settings', text: common.account.settings, href: addressOf('account') },
        { id: 'appearance', text: isDark ? common.account.light : common.account.dark },
        ...Object.entries(languages)
          .filter(([name]) => name !== language)
          .map(([name, text]) => ({ id: `language-${name}`, text })),
        { id: 'sign-out', text: common.account.signOut },
        { id: 'sign-out-everywhere', text: common.account.signOutEverywhere },
      ],
      onItemFollow: (event) => {
        event.preventDefault();
        void navigate(event.detail.href ?? home);
      },
      onItemClick: ({ detail }) => void actions[detail.id]?.(),
    },
  ];
  return (
    <div id="top">
      <TopNavigation
        identity={{
          href: home,
          title: common.product,
          onFollow: (event) => {
            event.preventDefault();
            void navigate(home);
          },
        }}
        utilities={utilities}
      />
    </div>
  );
}
