import type { WorkspacesContext } from '../context.ts';

/** Everything that the proxy needs of the gateway. */
export type ProxyContext = Pick<WorkspacesContext, 'db' | 'clock' | 'log' | 'tables' | 'configuration' | 'jobsUrl'>;
