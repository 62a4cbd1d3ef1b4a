import type { Status } from './machine/status.ts';
import type { Side } from './machine/transitions.ts';

// Items of the table `processes`. Times are milliseconds since 1970; free objects are JSON, as DynamoDB does not keep every number.

/** Owner of a project: an account, a visitor's session, or all who have access to a project of DST. */
export type ProjectOwner =
  | { readonly kind: 'account'; readonly id: string; readonly account: string }
  | { readonly kind: 'session'; readonly id: string }
  | { readonly kind: 'dst'; readonly projectNo: string };

/** A project that processes are collected in. */
export interface ProcessProjectRow {
  scope: string;
  item: 'project';
  projectID: string;
  owner: ProjectOwner;
  /** A number that clients set and nobody else reads. */
  status: number;
  /** JSON of an object. */
  details: string;
  state: 'active' | 'deleting';
  processesCount: number;
  /** Number of processes under way, with which the project may not be deleted. */
  locked: number;
  createdAt: number;
  updatedAt: number;
  /** End of a draft. */
  expiresAt?: number | undefined;
  /** Sequence of the newest event in the project's history. */
  version: number;
}

/** Outcome of a check of a verification. */
export interface CheckResult {
  check: string;
  passed: boolean;
  /** For people. */
  message: string;
}

/** An attempt to verify a process. */
export interface Verification {
  /** Also the name of its execution. */
  id: string;
  /** Number of the attempt. */
  generation: number;
  /** Whether the process is sent when it has passed. */
  send: boolean;
  state: 'running' | 'passed' | 'failed' | 'canceled';
  startedAt: number;
  /** Until when it has to end. */
  deadline: number;
  results?: CheckResult[];
}

/** An organization, as a process names it. */
export interface Contractor {
  /** `organizationIdOf` its row: another organization of the same name is another one. */
  id: string;
  /** Key of the organization's row. */
  organization: string;
  name: string;
}

/** The account of a client, as a process names it. */
export interface ClientAccount {
  /** `accountIdOf` its row: a later account of the same name is another one. */
  id: string;
  account: string;
}

/** The job that carries out a process. */
export interface ProcessJob {
  userId: number;
  workspaceId: number;
  jobId: number;
  /** How it has ended. */
  state?: 'complete' | 'failed';
}

/** An order. */
export interface ProcessRow {
  scope: string;
  item: string;
  projectID: string;
  processID: string;
  status: Status;
  /** Sequence of the change that led to it. */
  statusSince?: number;
  /** Number of the service, 0 for none. */
  serviceType: number;
  /** A number that clients set and nobody else reads. */
  serviceStatus: number;
  /** JSON of an object, by the service's schema. */
  serviceDetails: string;
  /** JSON of an object. */
  processDetails: string;
  /** The organization that the client would like to send it to. */
  provisionalContractor?: Contractor | undefined;
  /** The organization that it was sent to. */
  contractor?: Contractor | undefined;
  /** The client who has accepted the contractor's offer. */
  confirmedBy?: ClientAccount | undefined;
  job?: ProcessJob | undefined;
  /** Processes of the same project that have to be completed before. */
  dependenciesIn: string[];
  verification?: Verification | undefined;
  /** Why the process was ended by nobody of its parties. */
  reason?: string | undefined;
  createdAt: number;
  updatedAt: number;
  /** Sequence of the newest event in the process's history. */
  version: number;
}

/** A line of a process's chat. */
export interface MessageRow {
  scope: string;
  item: string;
  processID: string;
  text: string;
  /** Id and name of the author, by the token of the request. */
  userID: string;
  userName: string;
  /** The client's word for the place where it was written. */
  origin?: string | undefined;
  at: number;
}

/** A file of a process. */
export interface ProcessFileRow {
  scope: string;
  item: string;
  processID: string;
  fileID: string;
  fileName: string;
  tags: string[];
  licenses: string[];
  certificates: string[];
  /** The client's word for what the file is for. */
  origin?: string | undefined;
  /** Display name of who uploaded it. */
  createdBy: string;
  /** The side that uploaded it. */
  side: Side;
  /** Bytes. */
  size: number;
  /** ETag of its object, which is written once. */
  etag: string;
  at: number;
}

/** A large file that a client puts to S3 by itself, until it is there. */
export interface UploadRow extends Omit<ProcessFileRow, 'etag'> {
  /** MD5 in hexadecimal, which S3 checks, if the client has told it. */
  md5?: string;
}

/** Says that a process waits for another one, whose item it stands beside. */
export interface DependentRow {
  scope: string;
  item: string;
  /** The process that waits. */
  dependent: string;
}

/** Kinds of work that follows a commit. */
export type ProcessWorkKind =
  | 'start-verification'
  | 'stop-verification'
  | 'remove-files'
  | 'remove-remains'
  | 'end-upload'
  | 'after-step'
  | 'note-job-end'
  | 'remind'
  | 'send-mail'
  | 'wake-dependents'
  | 'remove-project';

/** Work that follows a commit: put in its transaction, deleted by whoever has done it. */
export interface ProcessWorkRow {
  scope: string;
  item: string;
  kind: ProcessWorkKind;
  projectID: string;
  /** Absent for work about a whole project. */
  processID?: string;
  /** Texts that the work needs, such as the id of a verification. */
  data: Record<string, string>;
  /** When it was left to do, or is due. */
  at: number;
  /** When what a reminder is about began. */
  began?: number;
  /** Tries to send a mail, and how often the service has refused it. */
  tries?: number;
  refusals?: number;
}

/** Something that happened to a process, in the log of a party. */
export interface MissedEventRow {
  scope: string;
  item: string;
  projectID: string;
  processID: string;
  /** Field of the process that has changed, as requests name it. */
  key: string;
  /** Account of who did it. */
  by: string;
  /** The new number of a status or a service. Texts are where they were written, and nowhere else. */
  content: string;
  /** Milliseconds since 1970. */
  at: number;
  /** Seconds since 1970, for DynamoDB's time to live. */
  removeAt: number;
}
