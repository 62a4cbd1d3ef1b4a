import type { Mutation } from './mutation.ts';

/** Mutants of the order of messages about one access or file, within a line and across lines. */
export const order: readonly Mutation[] = [
  {
    name: 'a return that is never made is passed over in silence',
    file: 'messages/supersede.ts',
    from: '...(isReturn ? incidentWrites(',
    to: '...(isReturn && !incidentWrites ? incidentWrites(',
  },
  {
    name: 'a creation that does not fit moves an access to its project',
    file: 'messages/poll/predecessors.ts',
    from: 'if (trail.owner === undefined) Object.assign(trail, { owner: projectNo, since: place.position });',
    to: 'Object.assign(trail, { owner: projectNo, since: place.position });',
  },
  {
    name: 'lines that share a subject wait for nothing',
    file: 'messages/turn-order.ts',
    from: 'isNext(entry, line) && blocking.length === 0;',
    to: 'isNext(entry, line) && blocking.length >= 0;',
  },
  {
    name: 'what creates a project waits for what is held for want of it',
    file: 'messages/turn-order.ts',
    from: 'return inTheWay.length === 0 || passesMisfits(entry, inTheWay);',
    to: 'return inTheWay.length === 0 || !passesMisfits;',
  },
  {
    name: 'a stopped transfer keeps its lease',
    file: 'files/transfer/release-leases.ts',
    from: '!isClaimedBy(row, file) || isUnderWay(row)) return undefined;',
    to: "!isClaimedBy(row, file) || isUnderWay(row) || row.state === 'deleting') return undefined;",
  },
  {
    name: 'a deletion forgets that an older delivery brings the file again',
    file: 'files/effects/delete-data-file.ts',
    from: '(await isStillToCome(handling, file)) ? again',
    to: '!isStillToCome ? again',
  },
];
