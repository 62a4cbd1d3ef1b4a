import type { Mutation } from './mutation.ts';

/** Mutants of what messages of DST do to workspaces and jobs. */
const mutants: readonly Omit<Mutation, 'world'>[] = [
  {
    name: "a deleted project's workspaces stay",
    file: 'projects/remove-data.ts',
    from: 'const ended = await workspaces.end(projectNo, () => mayGoOn(handling));',
    to: "const ended = projectNo === '' ? await workspaces.end(projectNo, async () => true) : ({ kind: 'gone' } as const);",
  },
  {
    name: 'a deletion does not wait for its jobs',
    file: 'projects/remove-data.ts',
    from: "if (ended.kind === 'gone') return undefined;",
    to: "if (ended.kind === 'gone' || ended.kind === 'waits') return undefined;",
  },
  {
    name: 'a deletion stops no jobs',
    file: 'workspaces/dst/end-workspaces.ts',
    from: 'await stopJobs(context, jobs, reason);',
    to: '',
  },
  {
    name: 'the notes of workspaces stay when their project is deleted',
    file: 'workspaces/dst/end-workspaces.ts',
    from: "await batchDelete(db, clock, tables.workspaces, [key, workKey('remove-workspace', workspaceId)]);",
    to: "await batchDelete(db, clock, tables.workspaces, [workKey('remove-workspace', workspaceId)]);",
  },
  {
    name: 'the use of a deleted project stays',
    file: 'workspaces/dst/end-workspaces.ts',
    from: '[usageKey({ projectNo }), projectKey(projectNo)]',
    to: '[projectKey(projectNo)]',
  },
  {
    name: 'a revocation stops no jobs',
    file: 'workspaces/dst/stop-jobs.ts',
    from: 'await stopJobs(context, [job], reason);',
    to: '',
  },
  {
    name: 'a job that is to end is not stopped before its next look',
    file: 'workspaces/stop-job.ts',
    from: 'if (before && !hasEnded(before.state)) await context.jobs.stop(job);',
    to: '',
  },
];

export const workspaces: readonly Mutation[] = mutants.map((mutant) => ({ ...mutant, world: 'workspaces' }));
