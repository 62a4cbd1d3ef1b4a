/**
 * Each layer imports from the layers listed before it alone. A file is of the layer with the longest path. A project's row
 * comes before the subsystems that look whether the project exists, and the handlers of projects, which remove the data of
 * those subsystems, come after them.
 */
export const layers = [
  'shared/platform',
  'shared/api',
  'shared/portal',
  'shared/history',
  'shared/auth',
  'shared/accounts',
  'shared/operations',
  'shared/messages',
  'shared/projects/project.ts',
  'shared/users',
  'shared/files',
  'shared/workspaces',
  'shared/processes',
  'shared/projects',
  'shared/live',
  // It takes up drafts of a connection's owner.
  'shared/processes/drafts/adopt-at-sign-in.ts',
  'shared/decisions',
  'shared/operate',
  'functions',
  'infra',
  'infra/terminal',
  'infra/local',
  'infra/cli',
  'infra/local/start',
  'infra/local/start.ts',
  'test',
];

/** Layers that few others import, with these others. */
export const only: Record<string, string[]> = {
  'shared/decisions': ['shared/operate', 'infra/cli', 'test'],
  functions: ['infra/local', 'test'],
};
