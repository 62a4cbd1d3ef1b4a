import { configuration } from './configuration.ts';

/** The environment variable with the name of each table that every function knows: a name is no right. */
export const tableVariables = {
  projects: 'PROJECTS_TABLE',
  members: 'MEMBERS_TABLE',
  users: 'USERS_TABLE',
  messages: 'MESSAGES_TABLE',
  lines: 'LINES_TABLE',
  files: 'FILES_TABLE',
  history: 'HISTORY_TABLE',
  unpublished: 'UNPUBLISHED_TABLE',
  incidents: 'INCIDENTS_TABLE',
  control: 'CONTROL_TABLE',
  accounts: 'ACCOUNTS_TABLE',
  sessions: 'SESSIONS_TABLE',
  attempts: 'ATTEMPTS_TABLE',
} as const;

/** The same of the WebSocket API's tables. Only functions that use them know them: an environment has 4 KB. */
export const liveTableVariables = {
  connections: 'CONNECTIONS_TABLE',
  subscriptions: 'SUBSCRIPTIONS_TABLE',
  channels: 'CHANNELS_TABLE',
} as const;

/** The same of projects and processes. */
export const processTableVariables = { processes: 'PROCESSES_TABLE' } as const;
/** The same of the table of workspaces and jobs. */
export const workspaceTableVariables = { workspaces: 'WORKSPACES_TABLE' } as const;

/** The names of the gateway's tables in DynamoDB. */
export type Tables = Readonly<Record<keyof typeof tableVariables, string>>;

/** The names of the WebSocket API's tables in DynamoDB. */
export type LiveTables = Readonly<Record<keyof typeof liveTableVariables, string>>;

/** The name of the table of projects and processes in DynamoDB. */
export type ProcessTables = Readonly<Record<keyof typeof processTableVariables, string>>;
/** The name of the table of workspaces and jobs in DynamoDB. */
export type WorkspaceTables = Readonly<Record<keyof typeof workspaceTableVariables, string>>;

/** @throws ConfigurationError naming the variables that are missing or wrong */
export const tablesFromEnvironment = (): Tables => namesFrom(tableVariables);

/** @throws ConfigurationError naming the variables that are missing or wrong */
export const liveTablesFromEnvironment = (): LiveTables => namesFrom(liveTableVariables);

/** @throws ConfigurationError naming the variables that are missing or wrong */
export const processTablesFromEnvironment = (): ProcessTables => namesFrom(processTableVariables);
export const workspaceTablesFromEnvironment = (): WorkspaceTables => namesFrom(workspaceTableVariables);

type Variable = Parameters<typeof configuration>[0][number];

function namesFrom<Table extends string>(variables: Readonly<Record<Table, Variable>>): Record<Table, string> {
  const env = configuration(Object.values<Variable>(variables));
  const names = Object.entries<Variable>(variables).map(([table, variable]) => [table, env[variable]]);
  return Object.fromEntries(names) as Record<Table, string>;
}
