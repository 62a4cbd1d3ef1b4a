import type { Mutation } from './mutation.ts';

/** Mutants of sending by a task. */
export const tasks: readonly Mutation[] = [
  {
    name: 'what a task is to send is not kept until it has begun',
    file: 'files/transfer/prepare.ts',
    from: "if (next === 'task' && !(await holdForTask(preparing, transfer))) return",
    to: "if (next === 'task' && !holdForTask) return",
  },
  {
    name: 'a task tells nobody of its end',
    file: 'files/send/task-token.ts',
    from: '    if (!unwantedNow.signal.aborted) await tellEnd();\n',
    to: '    if (!unwantedNow.signal.aborted) return void tellEnd;\n',
  },
  {
    name: 'a task that fails says that it has sent',
    file: 'files/send/send.ts',
    from: '    outcome = outcomeOf(error, transfer);\n',
    to: '    outcomeOf(error, transfer);\n',
  },
];
