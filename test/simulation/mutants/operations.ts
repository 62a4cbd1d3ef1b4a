import type { Mutation } from './mutation.ts';

/** Mutants of history, events, and people's decisions. */
export const operations: readonly Mutation[] = [
  {
    name: 'history begins anew with a subject that comes back',
    file: 'history/history.ts',
    from: 'return ((await newestEvent(db, table, subject))?.sequence ?? 0) + 1;',
    to: 'return 1;',
  },
  {
    name: 'a change is not noted to be published',
    file: 'history/history.ts',
    from: '    { Put: { TableName: tables.unpublished, Item: unpublished } },\n',
    to: '',
  },
  {
    name: 'an event is forgotten before the bus has it',
    file: 'history/publish.ts',
    from: '    const left: PendingEvent[] = [];\n',
    to: '    await forget(publishing, rows);\n    const left: PendingEvent[] = [];\n',
  },
  {
    name: 'an event that the bus refused is forgotten',
    file: 'history/publish.ts',
    from: '    if (!errors[index]) continue;',
    to: '    if (errors) continue;',
  },
];
