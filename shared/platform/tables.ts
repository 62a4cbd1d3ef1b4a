import { configuration } from './configuration.ts';

/** The environment variable with the name of each table. Every function gets all of them: a name is no right. */
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

/** The names of the gateway's tables in DynamoDB. */
export type Tables = Readonly<Record<keyof typeof tableVariables, string>>;

/** @throws ConfigurationError naming the variables that are missing or wrong */
export function tablesFromEnvironment(): Tables {
  const env = configuration(Object.values(tableVariables));
  const names = Object.entries(tableVariables).map(([table, variable]) => [table, env[variable]]);
  return Object.fromEntries(names) as Tables;
}
