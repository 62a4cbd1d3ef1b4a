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
  {
    name: 'a deleted access leaves its workspaces',
    file: 'users/revoked-work.ts',
    from: 'if (until !== undefined) return waitForLease(context, until);',
    to: 'if (until === -1) return waitForLease(context, until);',
  },
  {
    name: 'a deletion of an access does not wait for late puts',
    file: 'workspaces/dst/revocations.ts',
    from: 'return ended.until;',
    to: 'return ended.unstoppable.length > 0 ? ended.until : undefined;',
  },
  {
    name: 'an access has no note of its workspaces',
    file: 'workspaces/access-checks.ts',
    from: '...updateExpression({ workspaceUser: userId },',
    to: '...updateExpression({ workspaceUser: undefined },',
  },
  {
    name: 'a note against a revocation',
    file: 'workspaces/access-checks.ts',
    from: 'ConditionExpression: isEnabled.ConditionExpression,',
    to: "ConditionExpression: 'attribute_exists(accessIdentifier) OR enabled = :true',",
  },
  {
    name: 'a start on a just revoked access',
    file: 'workspaces/start-job.ts',
    from: '      ...accessChecks(context, viewer, workspace.projectNo),\n      workWrite(',
    to: '      workWrite(',
  },
  {
    name: 'disk space is not given back',
    file: 'workspaces/remove-workspace.ts',
    from: '    ...usageWrites(context, holdersOf(row), { diskSpace: -row.diskSpace }),\n',
    to: '',
  },
  {
    name: 'late puts stay',
    file: 'workspaces/dst/end-workspaces.ts',
    from: "if (!(await removeContents(context, id, mayGoOn)) || !(await mayGoOn())) return 'interrupted';",
    to: "if (!(await mayGoOn())) return 'interrupted';",
  },
  {
    name: 'a workspace is removed while its jobs run',
    file: 'workspaces/remove-workspace.ts',
    from: "if (workspace.state !== 'deleting' || workspace.activeJobs > 0) return false;",
    to: "if (workspace.state !== 'deleting') return false;",
  },
  {
    name: 'a copy is made for a receiver whose access is revoked',
    file: 'workspaces/shares.ts',
    from: '      ...ownerWrites(context, receiver),\n',
    to: '',
  },
  {
    name: 'a job ends twice',
    file: 'workspaces/end-job.ts',
    from: 'if (!job || hasEnded(job.state)) return job;',
    to: 'if (!job) return job;',
  },
  {
    name: 'the first note at an access, which comes while the access is revoked, is not seen',
    file: 'users/user.ts',
    from: "'version = :read AND attribute_not_exists(workspaceUser)'",
    to: "'version = :read'",
  },
  {
    name: 'a workspace is made in a project that is being deleted',
    file: 'workspaces/create-workspace.ts',
    from: '    ...(await projectWrites(context, row.projectNo, id)),\n',
    to: '    ...(await projectWrites(context, row.projectNo, id)).filter(({ ConditionCheck }) => !ConditionCheck),\n',
  },
  {
    name: 'shares of a deleted access can be accepted',
    file: 'workspaces/dst/revocations.ts',
    from: 'await withdrawSharesOf(context, userId);',
    to: '',
  },
  {
    name: 'a deletion does not wait until late puts have come',
    file: 'workspaces/dst/end-workspaces.ts',
    from: 'if (isQuietAt > clock.now()) return isQuietAt;',
    to: '',
  },
];

export const workspaces: readonly Mutation[] = mutants.map((mutant) => ({ ...mutant, world: 'workspaces' }));
