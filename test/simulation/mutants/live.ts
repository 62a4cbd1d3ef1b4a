import type { Mutation } from './mutation.ts';

const ofLive: readonly Omit<Mutation, 'world'>[] = [
  {
    name: 'an event that a log takes as often as it is pushed',
    file: 'live/channel/log.ts',
    from: '{ Put: { TableName, Item: marker, ConditionExpression } }',
    to: '{ Put: { TableName, Item: marker } }',
  },
  {
    name: 'a client told that nothing is lost, although pushes have expired',
    file: 'live/channel/log.ts',
    from: 'const recovered = missed.length === place.offset - from.offset;',
    to: 'const recovered = true;',
  },
  {
    name: 'clients without offsets that get a repeated push',
    file: 'live/channel/push.ts',
    from: '      if (!isNew && !knowsOffsets(subscription)) continue;\n',
    to: '',
  },
  {
    name: 'a push repeated to whom it is not for any more',
    file: 'live/channel/push.ts',
    from: 'const shown = mayHave ? entry : { ...entry, except: subscription.session };',
    to: 'const shown = entry;',
  },
  {
    name: 'a push repeated by its offset alone to whom it is for',
    file: 'live/channel/push.ts',
    from: 'entry.audiences.some(',
    to: 'entry.audiences.every(',
  },
  {
    name: 'a push to whoever is on the roster',
    file: 'live/events/fan-out.ts',
    from: 'const shared = audiences.filter((audience) => rights.audiences.includes(audience));',
    to: 'const shared = audiences;',
  },
  {
    name: 'connections that outlive the tokens of an account',
    file: 'live/events/ended-connections.ts',
    from: 'account?.generation === generation && ',
    to: '',
  },
  {
    name: 'connections that outlive a session',
    file: 'live/events/ended-connections.ts',
    from: "sessions.has(account?.sessionId ?? '')",
    to: 'true',
  },
  {
    name: 'an account that misses events after a block',
    file: 'live/events/fan-out.ts',
    from: 'group.filter(({ log }) => !rights.has(log))',
    to: 'group.filter(({ log }) => !rights.get(log)?.audiences.length)',
  },
  {
    name: 'a new permission that counts from the next connection on',
    file: 'live/events/apply-rights.ts',
    from: '      if (isOwn) await enrol(context, account, log, rights.audiences);\n',
    to: '',
  },
  {
    name: 'changes of rights that count in their turn',
    file: 'live/events/push-unpublished.ts',
    from: '  await applyNewRights(context, rows, applied);\n  const end',
    to: '  const end',
  },
  {
    name: 'a row marked as pushed before it is',
    file: 'live/events/push-unpublished.ts',
    from:
      '  await pushNews(context, news.flat(), round);\n' +
      '  await forEachConcurrently(rows, rowsAtOnce, (row) => markPushed(context, row));\n',
    to:
      '  await forEachConcurrently(rows, rowsAtOnce, (row) => markPushed(context, row));\n' +
      '  await pushNews(context, news.flat(), round);\n',
  },
  {
    name: 'an event that overtakes one of its subject',
    file: 'live/events/push-unpublished.ts',
    from: 'if (!failed.has(row.subject) && ',
    to: 'if (',
  },
  {
    name: 'a row deleted that clients were not told of',
    file: 'history/publish.ts',
    from: '(await publishing.pushRow?.(row)) !== false) continue;',
    to: '((await publishing.pushRow?.(row)) || true)) continue;',
  },
  {
    name: 'a token that ends while it is shown',
    file: 'live/request/send-answer.ts',
    from: '  if (!audiences) return false;\n',
    to: '  if (!audiences) return true;\n',
  },
  {
    name: 'a resumption by the rights of the sign-in',
    file: 'live/request/send-answer.ts',
    from: 'await replay(context, subscription, pushes, audiences);',
    to: 'await replay(context, subscription, pushes, row.identity?.audiences ?? audiences);',
  },
  {
    name: 'a connection that is open and gets nothing',
    file: 'live/request/send-answer.ts',
    from: 'if (row.subscribed && !changes?.identity',
    to: 'if (!changes?.identity',
  },
  {
    name: 'a late request that is carried out after those behind it',
    file: 'live/request/handle-message.ts',
    from: 'isUsed(row, text) ? used(message) : await',
    to: 'await',
  },
  {
    name: 'a message that waits and is handled at once as well',
    file: 'live/request/handle-arrival.ts',
    from: 'if (await leave(context, arrival)) await handleWaiting(context, connectionId, handling);',
    to:
      'const then = (await leave(context, arrival)) ? await takeTurn(context, connectionId, handling.deadline) : "busy";\n' +
      '  if (then !== "busy" && then !== "gone") await handleInTurn(context, then, arrival, handling);',
  },
  {
    name: 'a request that is waited for although it may be over',
    file: 'live/request/handle-arrival.ts',
    from: 'if (hasBrokenOff && ',
    to: 'if (false && ',
  },
  {
    name: 'a message that nobody looks at',
    file: 'live/request/turn.ts',
    from: "'#handler = :mine AND arrived = :read'",
    to: "'#handler = :mine AND arrived >= :read'",
  },
  {
    name: 'two invocations at a connection',
    file: 'live/request/turn.ts',
    from: 'attribute_not_exists(handledUntil) OR handledUntil <= :now',
    to: 'attribute_exists(connectionId) OR handledUntil <= :now',
  },
  {
    name: 'requests in the order of their arrival',
    file: 'live/request/turn.ts',
    from: "if (!features.includes('order')) return messages[0];",
    to: 'if (features) return messages[0];',
  },
  {
    name: 'a connection that is forgotten before it is closed',
    file: 'live/close.ts',
    from: '  if (why) await sayWhy(context, closed.connectionId, why);\n',
    to:
      '  await forgetConnection(context, closed);\n' + '  if (why) await sayWhy(context, closed.connectionId, why);\n',
  },
  {
    name: 'a subscription that outlives its connection',
    file: 'live/close.ts',
    from: 'channel === undefined ? undefined : await unsubscribe(context, { channel, subscriber: connectionId })',
    to: 'undefined',
  },
  {
    name: 'connections that nobody uses, and nobody closes',
    file: 'live/watch/overdue.ts',
    from: '(isNew ? connectedAt : lastSeenAt) + timeout * 1_000',
    to: '(isNew ? connectedAt : lastSeenAt) + timeout * 100_000',
  },
  {
    name: 'a watch that does not begin, and that nobody misses',
    file: 'live/watch/lease.ts',
    from: 'leaseUntil: now + startTime, idleSince',
    to: 'leaseUntil: undefined, idleSince',
  },
  {
    name: 'a watch that ends while somebody connects',
    file: 'live/watch/watch.ts',
    from: '    // A lease that cannot be handed over ends by itself.\n',
    to: "    if (end === 'idle') {\n      await lease.end();\n      return end;\n    }\n",
  },
  {
    name: 'a client that does not tell of a gap',
    file: 'live/client/push-sequence.ts',
    from: "    if (before) this.#deliver({ type: 'gap', before, after: place });\n",
    to: '',
  },
  {
    name: 'a client that does not wait for what is missing',
    file: 'live/client/push-sequence.ts',
    from: 'const place = { ...this.#place, offset: this.#place.offset + 1 };',
    to: 'const place = { ...this.#place, offset: Math.min(...this.#early.keys()) };',
  },
];

/** Mutants of the WebSocket API: of logs, rights, requests and the watch. */
export const live: readonly Mutation[] = ofLive.map((mutation) => ({ ...mutation, world: 'live' }));
