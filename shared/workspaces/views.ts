import * as z from 'zod';
import type { Contents } from './find.ts';
import { coreHourUnits } from './job-state.ts';
import type { JobRow, LinkRow, ShareRow, WorkspaceFileRow, WorkspaceRow } from './rows.ts';
import type { User } from './users.ts';

/** ISO 8601 with milliseconds and `Z`; null for a time that has not come. */
const isoTime = (milliseconds: number | undefined): string | null =>
  milliseconds === undefined ? null : new Date(milliseconds).toISOString();

/** The same without `Z`, as answers to requests that create have it. */
const naiveTime = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, -1);

const details = z.object({
  request_workspace_details: z.object({
    files: z.array(z.object({ name: z.string() })),
    symlinks: z.array(z.record(z.string(), z.string())),
  }),
  current_workspace_details: z.object({
    files: z.array(z.object({ name: z.string() })),
    symlinks: z.array(z.object({ name: z.string() })),
  }),
});

export const workspaceShape = z.object({
  id: z.int(),
  name: z.string(),
  description: z.string(),
  disk_space: z.int(),
  datetime_created: z.string(),
  datetime_last_modified: z.string().nullable(),
  datetime_last_job_launch: z.string().nullable(),
  workspace_details: details,
  status: z.enum(['initializing', 'idle', 'active', 'deleting', 'error']),
  default_job_type: z.string().nullable(),
});

export type WorkspaceView = z.infer<typeof workspaceShape>;

/** Status of a workspace for clients. A workspace with jobs that have not ended is active. */
export const statusOf = ({ state, activeJobs }: Pick<WorkspaceRow, 'state' | 'activeJobs'>): WorkspaceView['status'] =>
  state === 'idle' && activeJobs > 0 ? 'active' : state;

export function workspaceView(row: WorkspaceRow, contents: Contents): WorkspaceView {
  return {
    id: row.workspaceId,
    name: row.name,
    description: row.description,
    disk_space: row.diskSpace,
    datetime_created: String(isoTime(row.createdAt)),
    datetime_last_modified: isoTime(row.modifiedAt),
    datetime_last_job_launch: isoTime(row.lastJobLaunchAt),
    workspace_details: detailsView(contents),
    status: statusOf(row),
    default_job_type: row.defaultJobType ?? null,
  };
}

/** As `workspaceView`, with the time that the answer to the creation has. */
export const newWorkspaceView = (row: WorkspaceRow, contents: Contents): WorkspaceView => ({
  ...workspaceView(row, contents),
  datetime_created: naiveTime(row.createdAt),
});

const detailsView = ({ files, links }: Contents): z.infer<typeof details> => ({
  request_workspace_details: {
    files: requested(files).map(({ name }) => ({ name })),
    symlinks: requested(links).map(({ sent }) => sent),
  },
  current_workspace_details: { files: currentNames(files), symlinks: currentNames(links) },
});

const requested = <Row extends WorkspaceFileRow | LinkRow>(rows: readonly Row[]): Row[] =>
  rows
    .filter((row) => row.requested !== undefined)
    .toSorted((one, other) => Number(one.requested) - Number(other.requested));

/** Names with a slash in front, without those that begin with a dot, or whose folder does. */
const currentNames = (rows: readonly { name: string }[]) =>
  rows.filter(({ name }) => !isHidden(name)).map(({ name }) => ({ name: `/${name}` }));

export const isHidden = (name: string): boolean => name.split('/').some((part) => part.startsWith('.'));

export const jobShape = z.object({
  id: z.int(),
  workspace_id: z.int(),
  resource_job_id: z.int(),
  job_type: z.string(),
  status: z.enum(['pending', 'running', 'stopping', 'complete', 'failed']),
  datetime_created: z.string(),
  datetime_start: z.string().nullable(),
  datetime_end: z.string().nullable(),
  core_hours: z.union([z.string(), z.number()]),
  job_details: z.object({
    metrics: z.record(z.string(), z.number()),
    request_job_details: z.record(z.string(), z.unknown()),
    current_job_details: z.record(z.string(), z.unknown()),
  }),
  resource_options: z.record(z.string(), z.unknown()),
});

export type JobView = z.infer<typeof jobShape>;

/** Address of a job's server: clients open `url_domain` and `url_path` together. */
export interface ConnectionDetails {
  url_path: string;
  url_domain: string;
}

/** @param connection when the job has a server that its owner can open */
export function jobView(row: JobRow, connection?: ConnectionDetails): JobView {
  return {
    id: row.jobId,
    workspace_id: row.workspaceId,
    resource_job_id: row.resourceJobId,
    job_type: row.jobType,
    status: row.state,
    datetime_created: String(isoTime(row.createdAt)),
    datetime_start: isoTime(row.startedAt),
    datetime_end: isoTime(row.endedAt),
    core_hours: (row.coreHours / coreHourUnits).toFixed(5),
    job_details: {
      metrics: { ...row.metrics },
      request_job_details: JSON.parse(row.jobDetails),
      current_job_details: { ...row.current, ...(connection && { connection_details: connection }) },
    },
    resource_options: JSON.parse(row.resourceOptions),
  };
}

/** As `jobView`, with the time and number that the answer to a start has. */
export const newJobView = (row: JobRow): JobView => ({
  ...jobView(row),
  datetime_created: naiveTime(row.createdAt),
  core_hours: 0,
});

export const userShape = z.object({
  id: z.int(),
  first_name: z.string(),
  last_name: z.string(),
  username: z.string(),
  email: z.string(),
});

export const userView = ({ userId, account }: User): z.infer<typeof userShape> => ({
  id: userId,
  first_name: account.fname ?? '',
  last_name: account.lname ?? '',
  username: account.userName,
  email: account.email ?? '',
});

const sharedWorkspace = z.object({
  id: z.int(),
  name: z.string(),
  description: z.string(),
  workspace_details: details,
  user_id: userShape.omit({ id: true }),
});

export const shareShape = z.object({
  original_workspace_id: sharedWorkspace.nullable(),
  shared_workspace_id: sharedWorkspace,
  last_resource_options: z.record(z.string(), z.unknown()),
  last_job_type: z.string(),
  is_accepted: z.boolean(),
  datetime_share_created: z.string(),
});

/** A workspace of a share, with its owner. */
export interface SharedParty {
  row: WorkspaceRow;
  contents: Contents;
  owner: User | undefined;
}

export const shareView = (
  share: ShareRow,
  original: SharedParty | undefined,
  copy: SharedParty,
): z.infer<typeof shareShape> => ({
  original_workspace_id: original ? partyView(original) : null,
  shared_workspace_id: partyView(copy),
  last_resource_options: JSON.parse(share.lastResourceOptions),
  last_job_type: share.lastJobType,
  is_accepted: share.accepted,
  // With microseconds.
  datetime_share_created: `${naiveTime(share.createdAt)}000Z`,
});

function partyView({ row, contents, owner }: SharedParty): z.infer<typeof sharedWorkspace> {
  const { username = '', first_name = '', last_name = '', email = '' } = owner ? userView(owner) : {};
  return {
    id: row.workspaceId,
    name: row.name,
    description: row.description,
    workspace_details: detailsView(contents),
    user_id: { username, first_name, last_name, email },
  };
}
