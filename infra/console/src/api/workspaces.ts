import * as z from 'zod';
import { call, pathOf } from './call.ts';
import { usePages } from './use-pages.ts';
import { useResource } from './use-resource.ts';

const anything = z.unknown();
const named = z.array(z.object({ name: z.string() }));

const workspaceStates = ['initializing', 'idle', 'active', 'deleting', 'error'] as const;

const workspace = z.object({
  id: z.number(),
  name: z.string(),
  description: z.string(),
  disk_space: z.number(),
  datetime_created: z.string(),
  datetime_last_job_launch: z.string().nullable(),
  workspace_details: z.object({ current_workspace_details: z.object({ files: named, symlinks: named }) }),
  status: z.enum(workspaceStates),
});
export type Workspace = z.infer<typeof workspace>;

export const jobStates = ['pending', 'running', 'stopping', 'complete', 'failed'] as const;
export type JobState = (typeof jobStates)[number];

const job = z.object({
  id: z.number(),
  workspace_id: z.number(),
  job_type: z.string(),
  status: z.enum(jobStates),
  datetime_created: z.string(),
  datetime_start: z.string().nullable(),
  datetime_end: z.string().nullable(),
  core_hours: z.union([z.string(), z.number()]),
  job_details: z.object({
    request_job_details: z.record(z.string(), z.unknown()),
    current_job_details: z.record(z.string(), z.unknown()),
  }),
  resource_options: z.record(z.string(), z.unknown()),
});
export type Job = z.infer<typeof job>;

const live = ['job#', 'project#', 'access#'];
const numberOf = (next: number | undefined) => (next === undefined ? undefined : String(next));

export const useWorkspaces = (status?: string) =>
  usePages({
    path: '/uws/workspaces',
    query: { limit: 50, status },
    schema: z.object({ data: z.object({ workspaces: z.array(workspace), next: z.number().optional() }) }),
    nextOf: ({ data }) => numberOf(data.next),
    cursor: 'before',
    live,
  });

/** One workspace; none when there is no such, or it is another's. */
export const useWorkspace = (id: string) =>
  useResource({
    path: pathOf`/uws/workspaces/${id}`,
    schema: z.object({ data: z.object({ workspaces: z.array(workspace) }) }),
    live,
  });

interface JobFilter {
  status?: string | undefined;
  workspace?: string | undefined;
}

export const useJobs = ({ status, workspace: workspaceId }: JobFilter) =>
  usePages({
    path: '/uws/jobs',
    query: { limit: 50, status, workspace_id: workspaceId },
    schema: z.object({ data: z.object({ jobs: z.array(job), next: z.number().optional() }) }),
    nextOf: ({ data }) => numberOf(data.next),
    cursor: 'before',
    live,
  });

export const useJob = (id: string) =>
  useResource({
    path: pathOf`/uws/jobs/${id}`,
    schema: z.object({ data: z.object({ jobs: z.array(job) }) }),
    live: [`job#${id}`],
  });

/** @param tail bytes of each stream */
export const useJobLog = (id: string, tail: number) =>
  useResource({
    path: pathOf`/uws/jobs/${id}/log`,
    query: { tail },
    schema: z.object({ data: z.object({ stdout: z.string(), stderr: z.string() }) }),
    live: [`job#${id}`],
  });

export const useJobTypes = () =>
  useResource({
    path: '/uws/job_types',
    schema: z.object({
      data: z.object({ job_types: z.record(z.string(), z.object({ id: z.string(), name: z.string() })) }),
    }),
  });

const parameter = z.object({
  display_name: z.string(),
  description: z.string(),
  variable_name: z.string(),
  default_value: z.unknown(),
  validation: z.object({
    type: z.enum(['int', 'bool', 'str', 'float']),
    min: z.number().optional(),
    max: z.number().optional(),
    required: z.boolean().optional(),
    enums: z.array(z.union([z.string(), z.number()])).optional(),
  }),
});
export type Parameter = z.infer<typeof parameter>;

/** Options that jobs may have, as the centre has set them. */
export const useParameters = () =>
  useResource({
    path: '/uws/parameters',
    schema: z.object({ data: z.object({ parameters: z.array(parameter) }) }),
  });

export interface Link {
  name: string;
  source_path: string;
}

interface NewWorkspace {
  name: string;
  description: string;
  symlinks: readonly Link[];
}

export async function createWorkspace({ name, description, symlinks }: NewWorkspace): Promise<number> {
  const { data } = await call({
    method: 'POST',
    path: '/uws/workspaces',
    body: { name, description, workspace_details: { symlinks } },
    schema: z.object({ data: z.object({ workspace: z.object({ id: z.number() }) }) }),
  });
  return data.workspace.id;
}

export const addLinks = (id: string, symlinks: readonly Link[]) =>
  call({
    method: 'PUT',
    path: pathOf`/uws/workspaces/${id}`,
    body: { workspace_details: { symlinks } },
    schema: anything,
  });

export function uploadToWorkspace(id: string, files: readonly File[]) {
  const form = new FormData();
  for (const file of files) form.append('files', file);
  return call({ method: 'PUT', path: pathOf`/uws/workspaces/${id}/upload`, body: form, schema: anything });
}

export const deleteWorkspace = (id: string) =>
  call({ method: 'DELETE', path: pathOf`/uws/workspaces/${id}`, schema: anything });

interface NewJob {
  job_type: string;
  job_details: object;
  resource_options: object;
}

export async function startJob(workspaceId: string, body: NewJob): Promise<number> {
  const { data } = await call({
    method: 'PUT',
    path: pathOf`/uws/workspaces/${workspaceId}/start`,
    body,
    schema: z.object({ data: z.object({ job: z.object({ id: z.number() }) }) }),
  });
  return data.job.id;
}

export const stopJob = (id: string) => call({ method: 'PUT', path: pathOf`/uws/jobs/${id}/stop`, schema: anything });

/** An address that opens the server of a job once, within a minute. */
export async function connectToJob(id: string): Promise<string> {
  const { data } = await call({
    method: 'POST',
    path: pathOf`/uws/jobs/${id}/connection`,
    schema: z.object({
      data: z.object({ connection_details: z.object({ url_path: z.string(), url_domain: z.string() }) }),
    }),
  });
  return `${data.connection_details.url_domain}${data.connection_details.url_path}`;
}
