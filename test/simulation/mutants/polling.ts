import type { Mutation } from './mutation.ts';

/** Mutants of polls and lines. */
export const polling: readonly Mutation[] = [
  {
    name: 'mark whatever the state',
    file: 'messages/mark.ts',
    from: 'if (!isSettled(record.state) || record.idReused) return false;',
    to: 'if (record.idReused) return;',
  },
  {
    name: 'several messages of a line at once',
    file: 'messages/turn-order.ts',
    from: 'return inTheWay.length === 0 || passesMisfits(entry, inTheWay);',
    to: 'return true;',
  },
  {
    name: 'a revocation does not wait for older effects',
    file: 'messages/turn-order.ts',
    from: 'if (waitsForSubjectAlone(type)) return !missing.subjects.has(subject);',
    to: 'if (waitsForSubjectAlone(type)) return true;',
  },
  {
    name: 'a deletion does not wait for returns',
    file: 'messages/turn-order.ts',
    from: "type === 'ReturnDataFile' && state === 'working' && !yields;",
    to: "type === 'ReturnDataFile' && state === 'held' && !yields;",
  },
  {
    name: 'treat a reused id as done',
    file: 'messages/poll/known-messages.ts',
    from: 'if (first.contentHash === contentHash) return',
    to: 'if (first.contentHash !== undefined) return',
  },
  {
    name: 'all messages of a poll at one place',
    file: 'messages/poll/ingest.ts',
    from: 'positionOf(this.#poll, index)',
    to: 'positionOf(this.#poll, 0)',
  },
  {
    name: 'lines in the order of ids',
    file: 'messages/poll/ingest.ts',
    from: 'position: positionOf(this.#poll, index)',
    to: 'position: `$' + '{positionOf(0, 0)}-$' + '{messageId}`',
  },
  {
    name: 'forget what the tables know of accesses',
    file: 'messages/poll/predecessors.ts',
    from: 'const project = stored.get(subject);\n    if (!trail) {',
    to: 'const project = undefined;\n    if (!trail) {',
  },
  {
    name: 'forget what older messages of the list say of accesses',
    file: 'messages/poll/ingest.ts',
    from: 'if (about) predecessors.note(about, referenceTo(record.entry), stored);',
    to: '',
  },
  {
    name: 'believe a list that ended early',
    file: 'messages/poll/mark-all.ts',
    from: 'isSettled(state) && complete && settledAt',
    to: 'isSettled(state) && settledAt',
  },
  {
    name: 'never mark again what is listed again',
    file: 'messages/poll/mark-all.ts',
    from: '  await forEachConcurrently(whileTime(relisted, clock, until), concurrency, (record) => markAgain(context, record));\n',
    to: '',
  },
  {
    name: 'what was unreadable without an incident',
    file: 'messages/poll/insert.ts',
    from: '  if (incident) writes.push(...incidentWrites(context, incident, { at: record.receivedAt }));\n',
    to: '',
  },
  {
    name: 'polls dispatch nothing',
    file: 'messages/poll/poll.ts',
    from: 'await failureOf(dispatchDue(context, next)),',
    to: '',
  },
  {
    name: 'polls mark nothing',
    file: 'messages/poll/poll.ts',
    from: '? await failureOf(markAll(context, [...entries.values()], marked, listing, options.deadline))',
    to: '? undefined',
  },
];
