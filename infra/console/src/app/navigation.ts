import type { ComponentType } from 'react';
import { isOperator, maySeeAccounts, type Session } from '../api/session.ts';
import type { Texts } from '../texts/texts.ts';

/** A page: its address, its name in the texts, who sees it, and its program. */
export interface Page {
  /** Below `/console/`, with parameters as `messages/:messageId`. */
  readonly path: string;
  readonly name: Exclude<keyof Texts['pages'], 'groups'>;
  /** Group of the navigation; none for a page that only links lead to. */
  readonly group?: keyof Texts['pages']['groups'] | 'top';
  /** Everybody who is signed in, unless it says who. */
  readonly mayOpen?: (session: Session) => boolean;
  /** Loads it when it is first shown. The overview comes with the frame. */
  readonly load?: () => Promise<{ default: ComponentType }>;
}

const operations = { group: 'operations', mayOpen: isOperator } as const;

const forOperators: readonly Page[] = [
  { path: 'messages', name: 'messages', ...operations, load: () => import('../pages/messages/page.tsx') },
  {
    path: 'messages/one',
    name: 'message',
    mayOpen: isOperator,
    load: () => import('../pages/messages/message-page.tsx'),
  },
  { path: 'transfers', name: 'transfers', ...operations, load: () => import('../pages/transfers/page.tsx') },
  { path: 'incidents', name: 'incidents', ...operations, load: () => import('../pages/incidents/page.tsx') },
  {
    path: 'incidents/one',
    name: 'incident',
    mayOpen: isOperator,
    load: () => import('../pages/incidents/incident-page.tsx'),
  },
  { path: 'projects', name: 'projects', ...operations, load: () => import('../pages/projects/page.tsx') },
  {
    path: 'projects/one',
    name: 'projectPage',
    mayOpen: isOperator,
    load: () => import('../pages/projects/project-page.tsx'),
  },
  { path: 'history', name: 'history', ...operations, load: () => import('../pages/history/page.tsx') },
];

const forResearchers: readonly Page[] = [
  { path: 'news', name: 'news', group: 'research', load: () => import('../pages/news/page.tsx') },
  { path: 'files', name: 'files', group: 'research', load: () => import('../pages/files/page.tsx') },
  { path: 'processes', name: 'processes', group: 'research', load: () => import('../pages/processes/page.tsx') },
  {
    path: 'processes/:projectID',
    name: 'processProject',
    load: () => import('../pages/processes/project-page.tsx'),
  },
  {
    path: 'processes/:projectID/:processID',
    name: 'process',
    load: () => import('../pages/processes/process-page.tsx'),
  },
  { path: 'workspaces', name: 'workspaces', group: 'research', load: () => import('../pages/workspaces/page.tsx') },
  { path: 'workspaces/new', name: 'newWorkspace', load: () => import('../pages/workspaces/new-page.tsx') },
  { path: 'workspaces/:id', name: 'workspace', load: () => import('../pages/workspaces/workspace-page.tsx') },
  { path: 'jobs', name: 'jobs', group: 'research', load: () => import('../pages/jobs/page.tsx') },
  { path: 'jobs/:id', name: 'job', load: () => import('../pages/jobs/job-page.tsx') },
];

/** All pages, in the order of the navigation. */
export const pages: readonly Page[] = [
  { path: 'overview', name: 'overview', group: 'top' },
  ...forOperators,
  ...forResearchers,
  {
    path: 'accounts',
    name: 'accounts',
    group: 'administration',
    mayOpen: maySeeAccounts,
    load: () => import('../pages/accounts/page.tsx'),
  },
  {
    path: 'accounts/one',
    name: 'namedAccount',
    mayOpen: maySeeAccounts,
    load: () => import('../pages/accounts/account-page.tsx'),
  },
  { path: 'account', name: 'account', load: () => import('../pages/account/page.tsx') },
];

export const home = '/console/overview';

/** Address of a page. @param path as in `pages`, without parameters */
export const addressOf = (path: string): string => `/console/${path}`;
