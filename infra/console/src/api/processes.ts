import * as z from 'zod';
import { call, pathOf } from './call.ts';
import { usePages } from './use-pages.ts';
import { useResource } from './use-resource.ts';

const root = '/processes/public';
const live = ['process'];
const anything = z.unknown();
const details = z.record(z.string(), z.unknown());

const flatProject = z.object({
  projectID: z.string(),
  details,
  createdWhen: z.string(),
  updatedWhen: z.string(),
  processesCount: z.number(),
  owner: z.boolean(),
});
export type FlatProject = z.infer<typeof flatProject>;

/** Projects of processes, the newest first. */
export const useProcessProjects = () =>
  usePages({
    path: `${root}/getFlatProjects`,
    query: { limit: 50 },
    schema: z.object({ projects: z.array(flatProject), next: z.string().optional() }),
    nextOf: ({ next }) => next,
    live,
  });

const missing = z.object({ key: z.string(), message: z.string() });
export type Missing = z.infer<typeof missing>;

/** Conditions that a refused step lacks. */
export const missingIn = (body: unknown): readonly Missing[] =>
  z.object({ missing: z.array(missing) }).safeParse(body).data?.missing ?? [];

const button = z.object({
  title: z.string(),
  action: z.object({ data: z.object({ type: z.string(), targetStatus: z.string().optional() }) }),
  active: z.boolean(),
  buttonVariant: z.enum(['primary', 'secondary']),
});
export type StepButton = z.infer<typeof button>;

const file = z.object({
  id: z.string(),
  fileName: z.string(),
  createdBy: z.string(),
  date: z.string(),
  size: z.number(),
});
export type ProcessFile = z.infer<typeof file>;

const message = z.object({ date: z.string(), userName: z.string(), text: z.string() });
export type Message = z.infer<typeof message>;

const process = z.object({
  processID: z.string(),
  statusName: z.string(),
  flatProcessStatus: z.string(),
  processDetails: details,
  serviceType: z.number(),
  serviceDetails: details,
  service: details,
  contractor: z.object({ name: z.string().optional() }),
  files: z.record(z.string(), file),
  messages: z.object({ messages: z.array(message) }),
  verification: z
    .object({
      state: z.string(),
      results: z.array(z.object({ check: z.string(), passed: z.boolean(), message: z.string() })),
    })
    .optional(),
  reason: z.string().optional(),
  processStatusButtons: z.array(button),
  processErrors: z.array(missing),
  createdWhen: z.string(),
  updatedWhen: z.string(),
});
export type Process = z.infer<typeof process>;

const projectPage = z.object({
  projectID: z.string(),
  projectDetails: details,
  processes: z.array(process),
  next: z.string().optional(),
});

/** A project with its processes, page by page. */
export const useProcessProject = (projectID: string) =>
  usePages({
    path: pathOf`/processes/public/project/get/${projectID}`,
    query: { limit: 50 },
    schema: projectPage,
    nextOf: ({ next }) => next,
    live,
  });

const pathOfProcess = (projectID: string, processID: string) =>
  pathOf`/processes/public/process/get/${projectID}/${processID}`;

/** The inputs that other subsystems change, such as a job's state, are in the report of the service. */
export const useProcess = (projectID: string, processID: string) =>
  useResource({
    path: pathOfProcess(projectID, processID),
    schema: process,
    live: [`process#${processID}`, `process-project#${projectID}`, 'job#'],
  });

const service = z.object({ name: z.string(), identifier: z.number(), details: z.unknown() });
export type Service = z.infer<typeof service>;

export const useServices = () => useResource({ path: `${root}/getServices`, schema: z.record(z.string(), service) });

/** @param serviceType number of the service that is chosen; none, no contractor */
export const useContractors = (processID: string, serviceType: number) =>
  useResource({
    path: pathOf`/processes/public/getContractors/${processID}`,
    schema: z.array(z.object({ hashedID: z.string(), name: z.string() })),
    live: [`process#${processID}`],
    enabled: serviceType !== 0,
  });

const historyEntry = z.object({ createdBy: z.string(), createdWhen: z.string(), event: z.string() });

export const useProcessHistory = (processID: string) =>
  usePages({
    path: pathOf`/processes/public/getProcessHistory/${processID}`,
    query: { limit: 50 },
    schema: z.object({ history: z.array(historyEntry), next: z.string().optional() }),
    nextOf: ({ next }) => next,
    live: [`process#${processID}`],
  });

/** @param key has a repeated creation create once */
export const createProcessProject = (title: string, key: string) =>
  call({
    method: 'POST',
    path: `${root}/project/create`,
    body: { title },
    schema: z.object({ projectID: z.string() }),
    idempotencyKey: key,
  });

/** @param key has a repeated creation create once */
export const createProcess = (projectID: string, key: string) =>
  call({
    path: pathOf`/processes/public/createProcessID/${projectID}`,
    schema: z.object({ processID: z.string() }),
    idempotencyKey: key,
  });

export interface Place {
  projectID: string;
  processID: string;
}

/** Sets fields of a process, and deletes details. */
export const updateProcess = ({ projectID, processID }: Place, changes: object, deletions: object = {}) =>
  call({
    method: 'PATCH',
    path: `${root}/updateProcess`,
    body: { projectID, processIDs: [processID], changes, deletions },
    schema: anything,
  });

/** Makes the step of a button. */
export const pressButton = ({ projectID, processID }: Place, { action: { data } }: StepButton) =>
  call({
    method: 'POST',
    path: `${root}/states/buttons/get`,
    body: { projectID, processIDs: [processID], buttonData: data },
    schema: anything,
  });

export const deleteProcessFile = ({ processID }: Place, fileID: string) =>
  call({ method: 'DELETE', path: pathOf`/processes/public/deleteFile/${processID}/${fileID}`, schema: anything });

/** Most bytes of files that one form may have. */
export const longestForm = 4 * 1024 ** 2;

/** @param asModel whether it is the script that the service works on */
export function uploadProcessFile({ projectID, processID }: Place, file: File, asModel: boolean) {
  const form = new FormData();
  form.set('projectID', projectID);
  form.set('processID', processID);
  form.append('file', file);
  return call({
    method: 'POST',
    path: `${root}/${asModel ? 'uploadModel' : 'uploadFiles'}`,
    body: form,
    schema: anything,
  });
}

/** Address at which the browser downloads a file, by the session of its cookie. */
export const fileAddress = (processID: string, fileID: string): string =>
  pathOf`/processes/public/downloadFile/${processID}/${fileID}`;
