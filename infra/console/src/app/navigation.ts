import type { ComponentType } from 'react';
import type { Session } from '../api/session.ts';
import type { Texts } from '../texts/texts.ts';

/** A page: its address, its name in the texts, who sees it, and its program, which is loaded when it is first shown. */
export interface Page {
  /** Below `/console/`, with parameters as `messages/:messageId`. */
  readonly path: string;
  readonly name: Exclude<keyof Texts['pages'], 'groups'>;
  /** Group of the navigation; none for a page that only links lead to. */
  readonly group?: keyof Texts['pages']['groups'] | 'top';
  /** Everybody who is signed in, unless it says who. */
  readonly mayOpen?: (session: Session) => boolean;
  readonly load: () => Promise<{ default: ComponentType }>;
}

/** All pages, in the order of the navigation. */
export const pages: readonly Page[] = [
  { path: 'overview', name: 'overview', group: 'top', load: () => import('../pages/overview/page.tsx') },
  { path: 'account', name: 'account', load: () => import('../pages/account/page.tsx') },
];

export const home = '/console/overview';

/** Address of a page. @param path as in `pages`, without parameters */
export const addressOf = (path: string): string => `/console/${path}`;
