import type { AccountContext } from '../accounts/context.ts';
import type { Log } from '../platform/logger.ts';
import type { ProcessTables, Tables } from '../platform/tables.ts';
import type { WorkspacesContext } from '../workspaces/context.ts';
import type { Attachments } from './files/objects.ts';
import type { Mail } from './mail/mail.ts';
import type { ProcessWorkKind, ProcessWorkRow } from './rows.ts';
import type { ServiceRegistry } from './services/service.ts';

/**
 * Does work that follows a commit, and deletes its row. Called right after the commit and again by the sweep until the row is
 * gone, so it comes to the same when it is repeated.
 */
export type ProcessWorkHandler = (context: ProcessContext, work: ProcessWorkRow) => Promise<void>;

/** Everything that work on projects and processes needs. */
export interface ProcessContext extends AccountContext {
  log: Log;
  tables: Tables & ProcessTables;
  services: ServiceRegistry<ProcessContext>;
  /** The bucket of files of processes. */
  attachments: Attachments;
  /** Name of the bucket of projects' files, with the outbox for DST. */
  filesBucket: string;
  /** Workspaces, in which services run jobs. */
  workspaces: WorkspacesContext;
  /** Mail to people for whom something waits; none by default. */
  mail?: Mail | undefined;
  work: Readonly<Record<ProcessWorkKind, ProcessWorkHandler>>;
  /** Makes the ids of what is created. */
  newId: () => string;
}
