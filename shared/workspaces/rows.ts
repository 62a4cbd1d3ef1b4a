import type { JobState } from './job-state.ts';

// Rows of the table `workspaces`. Times are milliseconds since 1970, sizes bytes, and core hours are counted in units of
// 0.00001 hours, so that sums are exact.

interface Row {
  scope: string;
  item: string;
}

/** A person who uses the API. */
export interface WorkspaceUserRow extends Row {
  userId: number;
  account: string;
  /** Tells the account from an earlier or later one of the same name. */
  accountCreatedAt: number;
}

/** Jobs of a resource that have not ended. */
export interface ResourceRow extends Row {
  resource: string;
  activeJobs: number;
}

/** A person at another service, and the account that the person signs in to. */
export interface IdentityRow extends Row {
  account: string;
  accountCreatedAt: number;
}

/** Use by a user or of a project, and the limits of it that differ from the configuration's. */
export interface UsageRow extends Row {
  activeJobs?: number;
  /** Used by jobs that have ended, and reserved for those that have not. */
  coreHours?: number;
  usedCoreHours?: number;
  diskSpace?: number;
  maxConcurrentJobs?: number | undefined;
  maxCoreHours?: number | undefined;
  maxDiskSpace?: number | undefined;
}

export interface WorkspaceRow extends Row {
  workspaceId: number;
  userId: number;
  /** The project whose files it may link. A workspace never has files of two projects. */
  projectNo?: string | undefined;
  name: string;
  description: string;
  defaultJobType?: string | undefined;
  state: 'initializing' | 'idle' | 'deleting' | 'error';
  activeJobs: number;
  /** Shares that nobody has accepted yet. */
  openShares: number;
  diskSpace: number;
  createdAt: number;
  modifiedAt?: number;
  lastJobLaunchAt?: number;
  lastJobEndedAt?: number;
  /** The share that the workspace is a copy for. */
  shared?: { from: number; original: number; accepted: boolean };
  version: number;
}

export interface WorkspaceFileRow extends Row {
  name: string;
  /** Key of the object. Another content has another key. */
  key: string;
  size: number;
  etag: string;
  /** Place among the files that the workspace was created with. */
  requested?: number | undefined;
}

/** A link to a delivered file. */
export interface LinkRow extends Row {
  name: string;
  fileId: string;
  /** Tells the file from a later one with the same id. */
  fileCreatedAt: number;
  projectNo: string;
  /** Fields as they were sent. */
  sent: Record<string, string>;
  requested?: number | undefined;
}

/** Facts about a running job that its owner sees. */
export interface CurrentJobDetails {
  message?: string;
  /** Seconds. */
  time_left?: number | null;
  exit_code?: number;
  /** Reason of the end. */
  reason?: string;
  /** Whether the resource has not been reached for a while. */
  stale?: boolean;
}

/** A process of researchers and the centre's people that a job carries out. */
export interface ProcessOfJob {
  projectID: string;
  processID: string;
}

export interface JobRow extends Row {
  jobId: number;
  userId: number;
  account: string;
  accountCreatedAt: number;
  workspaceId: number;
  projectNo?: string | undefined;
  /** The process that has ordered it. */
  process?: ProcessOfJob | undefined;
  /** Key in the configuration. */
  jobType: string;
  /** Key in the configuration. */
  resource: string;
  /** Whether the job counts among the jobs of its resource until it ends. */
  countedAtResource?: true | undefined;
  /** The resource's number; -1 until the job is launched. */
  resourceJobId: number;
  /** The resource's name of the job. */
  handle?: string | undefined;
  state: JobState;
  createdAt: number;
  startedAt?: number;
  /** When somebody first asked the job to end. */
  stopAskedAt?: number;
  endedAt?: number;
  coreHours: number;
  reservedCoreHours: number;
  cores: number;
  memoryMb: number;
  timeLimitMinutes: number;
  gpu: boolean;
  /** JSON. */
  jobDetails: string;
  /** JSON. */
  resourceOptions: string;
  current: CurrentJobDetails;
  metrics: { time_pending?: number; time_init?: number };
  /** Server of an interactive job. Never in an answer. */
  proxy?: { hostname: string; port: number; token: string } | undefined;
  version: number;
}

/** A ticket to the server of a job, or a browser's visit there. The secret itself is nowhere; its hash is in the key. */
export interface PassRow extends Row {
  jobId: number;
  userId: number;
  /** The session that asked for it, with whose end it ends. */
  sessionId: string;
  /** Until when it is valid. */
  endsAt: number;
  /** `endsAt` in seconds, when DynamoDB removes the row. */
  expiresAt: number;
}

/** A copy of a workspace for another user, kept once for the sender and once for the receiver. */
export interface ShareRow extends Row {
  originalId: number;
  copyId: number;
  senderId: number;
  receiverId: number;
  /** JSON. */
  lastResourceOptions: string;
  lastJobType: string;
  accepted: boolean;
  createdAt: number;
}
