import type { WorkspacesContext } from '../context.ts';
import type { Resource } from '../resources/resource.ts';

/** Everything that the steps of a job's execution need. */
export interface JobsContext extends WorkspacesContext {
  /** @throws PermanentError for a key that the configuration does not have */
  resource(key: string): Resource;
  /** Random text that nobody can guess. */
  newToken(): string;
}
