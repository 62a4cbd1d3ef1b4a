import type { Mutation } from './mutation.ts';

/** Of how the portal's list is read. */
export const listing: readonly Mutation[] = [
  {
    name: 'a UUID in other letter case is another one',
    file: 'portal/id.ts',
    from: '(isUuid(id) ? id.toLowerCase() : id)',
    to: '(isUuid(id) ? id : id.trim())',
  },
  {
    name: 'another text of the same instant makes another message',
    file: 'portal/content-hash.ts',
    from: 'return Number.isNaN(milliseconds) ? text :',
    to: 'return milliseconds < 0 || text ? text :',
  },
  {
    name: 'files in another order make another message',
    file: 'portal/content-hash.ts',
    from: 'data.files.map(fileIdentity).toSorted()',
    to: 'data.files.map(fileIdentity)',
  },
  {
    name: 'a blank document is no list',
    file: 'portal/client.ts',
    from: 'blankIsEmpty: endIsKnown(answer)',
    to: 'blankIsEmpty: !endIsKnown(answer)',
  },
  {
    name: 'null is no list',
    file: 'portal/split.ts',
    from: "(place === 'start' && byte === jsonNull[0])",
    to: "(place === 'end' && byte === jsonNull[0])",
  },
  {
    name: 'a message is read however deep it nests',
    file: 'portal/outline.ts',
    from: "if (depth > maxDepth) return 'must not be nested that deep';",
    to: "if (depth > text.length) return 'must not be nested that deep';",
  },
];
