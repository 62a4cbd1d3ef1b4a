import type { Mutation } from './mutation.ts';

/** Mutants of a project's deletion and new creation. */
export const projects: readonly Mutation[] = [
  {
    name: "a deleted project's users stay",
    file: 'projects/remove-data.ts',
    from: "for await (const page of pages(handling, 'user#')) {",
    to: 'for (const page of [] as Member[][]) {',
  },
  {
    name: "a deleted project's processes stay",
    file: 'projects/remove-data.ts',
    from: 'if (!(await endProcesses(ending, projectNo, () => mayGoOn(handling)))) return now();',
    to: 'if (ending.tables.processes === projectNo) return now();',
  },
  {
    name: 'a process is added to a project that is being deleted',
    file: 'processes/create.ts',
    from: "stateCheck(tables.projects, { projectNo: owner.projectNo }, 'active'),",
    to: '',
  },
  {
    name: "a deleted project's messages keep their text",
    file: 'projects/remove-data.ts',
    from: '...updateExpression({ raw: undefined, rawKey: undefined }),',
    to: '...updateExpression({ lastError: undefined }),',
  },
  {
    name: 'a deletion makes nothing moot',
    file: 'projects/delete-project.ts',
    from: 'if (!(await supersedeAll(handling, ofProject(handling))))',
    to: 'if (handling.older.length < 0)',
  },
  {
    name: 'delete a project without waiting out leases',
    file: 'projects/remove-data.ts',
    from: 'else if (until > 0) {',
    to: 'else if (until < 0) {',
  },
  {
    name: 'what was put when there was no project is sent for the one that is made anew',
    file: 'projects/create-project.ts',
    from: 'await emptyOutbox({ ...context, bucket }, outbox, () => mayGoOn(handling));',
    to: '{ isEmpty: outbox !== undefined };',
  },
];
