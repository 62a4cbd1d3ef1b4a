import type { Mutation } from './mutation.ts';

/** Mutants of pauses and approvals. */
export const waiting: readonly Mutation[] = [
  {
    name: 'what is to be approved goes on by itself',
    file: 'messages/handle/approval.ts',
    from: "return state === 'open' && !approved && holdTypes",
    to: "return state === 'held' && !approved && holdTypes",
  },
  {
    name: 'nobody learns what is to be approved',
    file: 'messages/handle/handle.ts',
    from: '    await hold(context, leased, approvalIncident(leased));\n',
    to: "    await hold(context, leased, { ...approvalIncident(leased), kind: 'marking-refused', messageId: undefined });\n",
  },
  {
    name: 'what was released waits again',
    file: 'decisions/approve.ts',
    from: '{ ...resumedWork(clock.now()), approved: true }',
    to: 'resumedWork(clock.now())',
  },
  {
    name: 'polls go on while all is paused',
    file: 'messages/poll/poll.ts',
    from: 'if (await isPaused(db, tables.control)) {',
    to: 'if (!(await isPaused(db, tables.control)) && false) {',
  },
  {
    name: 'messages are worked on while all is paused',
    file: 'messages/handle/message-function.ts',
    from: '    skip: () => isPaused(context.db, context.tables.control),\n',
    to: '',
  },
  {
    name: 'a pause uses attempts up',
    file: 'messages/handle/message-function.ts',
    from: '    drop: ({ messageId }) => giveBack(context, messageId),\n',
    to: '',
  },
  {
    name: 'what a pause drops is not due',
    file: 'messages/handle/lease.ts',
    from: "'SET dueAt = :now ADD attempts :less'",
    to: "'ADD attempts :less'",
  },
  {
    name: 'results are taken up while all is paused',
    file: 'files/outbox/notifications.ts',
    from: '    skip: () => isPaused(context.db, context.tables.control),\n',
    to: '',
  },
  {
    name: 'transfers begin while all is paused',
    file: 'files/transfer/start.ts',
    from: 'return isStopped || isOut;',
    to: 'return isOut;',
  },
];
