import type { Mutation } from './mutation.ts';

/** Mutants of reading the portal's list. */
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
    file: 'portal/json-array-splitter.ts',
    from: "(place === 'start' && byte === jsonNull[0])",
    to: "(place === 'end' && byte === jsonNull[0])",
  },
  {
    name: 'a message is read however deep it nests',
    file: 'portal/outline.ts',
    from: "if (depth > maxDepth) return 'must not be nested that deep';",
    to: "if (depth > text.length) return 'must not be nested that deep';",
  },
  {
    name: 'nobody learns of what is marked in vain',
    file: 'messages/poll/mark-again.ts',
    from: 'now - since >= pollsUntilIncident',
    to: 'since - now >= pollsUntilIncident',
  },
  {
    name: 'new work under the id of another message is taken for that',
    file: 'messages/poll/known-messages.ts',
    from: "if (decision === 'dismissed') return",
    to: 'if (decision) return',
  },
  {
    name: 'the former message in other words is asked about for ever',
    file: 'messages/poll/known-messages.ts',
    from: "if (decision === 'dismissed') return",
    to: "if (decision === 'dismissed' && own) return",
  },
  {
    name: 'an id about which nobody decided is marked',
    file: 'messages/poll/mark-all.ts',
    from: 'return !waiting.has(messageId) && (!idReused ||',
    to: "return messageId !== '' && (!idReused ||",
  },
  {
    name: 'a refused key is never tried again',
    file: 'operations/guarded-key.ts',
    from: '(isList && !isLeftAlone(seen.health, now))',
    to: '(isList && now < 0)',
  },
];
