import type { QueryClient } from '@tanstack/react-query';
import * as z from 'zod';
import { isAsked } from '../early.ts';
import { access, choice, entry, event, file, incident, message, next, project } from './operate-shapes.ts';
import { usePages } from './use-pages.ts';
import { resourceQuery, useResource } from './use-resource.ts';

/** Whatever changes messages or incidents is an event of one of these. */
const anything = ['project#', 'access#', 'file#', 'message#', 'incident#', 'gateway'];

const counts = z.record(z.string(), z.number());
const hour = z.object({
  ...{ at: z.number(), messages: z.number(), files: z.number(), bytes: z.number() },
  ...{ held: z.number(), incidents: z.number(), oldestAge: z.number() },
});
export type Hour = z.infer<typeof hour>;

const status = z.object({
  healthy: z.boolean(),
  problems: z.array(z.string()),
  portal: z.object({ url: z.string().optional(), state: z.string().optional() }),
  pause: z.object({ by: z.string(), reason: z.string(), since: z.number() }).optional(),
  poll: z.object({ counter: z.number(), startedAt: z.number(), succeededAt: z.number().optional() }).optional(),
  messages: z.object({ states: counts }),
  transfers: z.object({ waiting: counts, slotsInUse: z.number() }),
  deadLetters: counts,
  incidents: counts,
  hours: z.array(hour),
});
export type Status = z.infer<typeof status>;

const statusResource = { path: '/operate/status', schema: status, live: anything };

/** State of the gateway. */
export const useStatus = () => useResource(statusResource);

/** Reads the state that was asked for early, so that the first page is drawn with it. A failure is left to `useStatus`. */
export const readStatus = (client: QueryClient): Promise<void> =>
  isAsked(statusResource.path) ? client.prefetchQuery(resourceQuery(statusResource)) : Promise.resolve();

export interface MessageFilter {
  project?: string | undefined;
  state?: string | undefined;
  type?: string | undefined;
}

/** Messages that are not marked yet, or all of a project. */
export const useMessages = (filter: MessageFilter) =>
  usePages({
    path: '/operate/messages',
    query: { ...filter },
    schema: z.object({ messages: z.array(message), next }),
    nextOf: (page) => page.next,
    live: anything,
  });

const messageDetail = message.extend({
  request: z.string(),
  content: z.string().optional(),
  isContentCut: z.boolean(),
  standing: z.array(z.string()),
  entries: z.array(entry),
  choices: z.array(choice),
  incidents: z.array(incident),
  events: z.array(event),
  areMoreEvents: z.boolean(),
});
export type MessageDetail = z.infer<typeof messageDetail>;

export const useMessage = (id: string) =>
  useResource({ path: '/operate/message', query: { id }, schema: messageDetail, live: anything });

export const useIncidents = (state: string, kind: string | undefined) =>
  usePages({
    path: '/operate/incidents',
    query: { state, kind },
    schema: z.object({ incidents: z.array(incident), next }),
    nextOf: (page) => page.next,
    live: anything,
  });

const incidentDetail = incident.extend({ choices: z.array(choice) });

export const useIncident = (id: string) =>
  useResource({ path: '/operate/incident', query: { id }, schema: incidentDetail, live: anything });

const transfers = z.object({
  moving: z.array(file),
  waiting: z.array(file),
  failed: z.array(file),
  areMore: z.boolean(),
});

/** Files that are being moved, wait for it, or have failed. */
export const useTransfers = () =>
  useResource({ path: '/operate/transfers', schema: transfers, live: ['file#', 'project#', 'incident#'] });

export const useProjects = () =>
  usePages({
    path: '/operate/projects',
    schema: z.object({ projects: z.array(project), next }),
    nextOf: (page) => page.next,
    live: ['project#'],
  });

const projectDetail = project.extend({
  accesses: counts,
  files: counts,
  results: counts,
  entries: z.array(entry),
  incidents: z.array(incident),
});

export const useProject = (id: string) =>
  useResource({ path: '/operate/project', query: { id }, schema: projectDetail, live: anything });

export const useAccesses = (projectNo: string) =>
  usePages({
    path: '/operate/users',
    query: { project: projectNo },
    schema: z.object({ users: z.array(access), next }),
    nextOf: (page) => page.next,
    live: ['access#', 'project#'],
  });

export const useFiles = (projectNo: string) =>
  usePages({
    path: '/operate/files',
    query: { project: projectNo },
    schema: z.object({ files: z.array(file), next }),
    nextOf: (page) => page.next,
    live: ['file#', 'project#'],
  });

/** Events of a subject; of a project with those of its accesses and files. */
export const useHistory = (subject: string) =>
  usePages({
    path: '/operate/history',
    query: { subject },
    schema: z.object({ events: z.array(event), next }),
    nextOf: (page) => page.next,
    live: subject.startsWith('project#') ? anything : [subject],
    enabled: subject !== '',
  });
