import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useRef } from 'react';
import { Link } from 'react-router';
import { sessionKey, signOut, signOutEverywhere } from '../api/session.ts';
import { useLive } from '../live/live.tsx';
import { keepLanguage, languages } from '../texts/language.ts';
import { useLanguage, useTexts } from '../texts/texts.ts';
import { chooseAppearance, useIsDark } from './appearance.ts';
import { addressOf, home } from './navigation.ts';

const menuId = 'account-menu';

interface Account {
  username: string;
  /** @param error nothing when another attempt begins */
  onSignOutFailed: (error: unknown) => void;
}

/** Product, state of the connection, menu of the account. Cloudscape's own bar would take a tenth of the time to the first page. */
export function TopBar(account: Account) {
  const { username } = account;
  const { common } = useTexts();
  const { state } = useLive();
  return (
    <header className="bar">
      <Link className="product" to={home}>
        {common.product}
      </Link>
      <span className={`connection ${state}`}>{state === 'open' ? common.live.connected : common.live.connecting}</span>
      <button
        type="button"
        className="account"
        aria-label={`${common.account.menu}: ${username}`}
        popoverTarget={menuId}
      >
        <bdi>{username}</bdi>
      </button>
      <Menu {...account} />
    </header>
  );
}

function Menu({ username, onSignOutFailed }: Account) {
  const { account } = useTexts().common;
  const client = useQueryClient();
  const other = useLanguage() === 'da' ? 'en' : 'da';
  const isDark = useIsDark();
  const menu = useRef<HTMLUListElement>(null);
  const close = () => menu.current?.hidePopover();

  const leave = async (end: () => Promise<unknown>) => {
    onSignOutFailed(undefined);
    try {
      await end();
    } catch (error) {
      onSignOutFailed(error);
      return;
    }
    client.clear();
    await client.invalidateQueries({ queryKey: sessionKey });
    location.assign(home);
  };
  const speakOther = () => {
    keepLanguage(other);
    location.reload();
  };
  const item = (text: ReactNode, act: () => unknown) => (
    <li>
      <button
        type="button"
        onClick={() => {
          close();
          void act();
        }}
      >
        {text}
      </button>
    </li>
  );
  return (
    <ul id={menuId} popover="auto" ref={menu} aria-label={account.menu}>
      <li>
        <Link to={addressOf('account')} onClick={close}>
          {account.settings}
        </Link>
      </li>
      {item(isDark ? account.light : account.dark, () => chooseAppearance(isDark ? 'light' : 'dark'))}
      {item(<span lang={other}>{languages[other]}</span>, speakOther)}
      {item(account.signOut, () => leave(signOut))}
      {item(account.signOutEverywhere, () => leave(() => signOutEverywhere(username)))}
    </ul>
  );
}
