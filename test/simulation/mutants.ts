/** One thing done wrong in the code under shared/. */
export interface Mutation {
  name: string;
  /** Under shared/. */
  file: string;
  /** Occurs once. */
  from: string;
  to: string;
}

/** Errors that somebody might make, each of which the simulation has to find. */
export const mutations: readonly Mutation[] = [
  {
    name: 'mark before the effect is committed',
    file: 'messages/carry-out.ts',
    from: '  const outcome = await transact(bridge.db, bridge.clock, [\n    ...stateWrites(bridge, record, state, further, plan.yields),',
    to: '  await bridge.portal.markMessage(record.messageId);\n  const outcome = await transact(bridge.db, bridge.clock, [\n    ...stateWrites(bridge, record, state, further, plan.yields),',
  },
  {
    name: 'mark whatever the state',
    file: 'messages/mark.ts',
    from: 'if (!isSettled(record.state) || record.idReused) return;',
    to: 'if (record.idReused) return;',
  },
  {
    name: 'take a refused commit for a committed one',
    file: 'messages/carry-out.ts',
    from: "  if (outcome === 'refused') return unchanged(turn);\n  bridge.log",
    to: '  bridge.log',
  },
  {
    name: 'no condition on the version of a message',
    file: 'messages/change.ts',
    from: "ConditionExpression: 'version = :read'",
    to: "ConditionExpression: 'version >= :read OR version < :read'",
  },
  {
    name: 'no lease',
    file: 'messages/lease.ts',
    from: '!isWorkable(record.state) || (record.leaseUntil ?? 0) > clock.now()',
    to: '!isWorkable(record.state)',
  },
  {
    name: 'a fresh password for each retry',
    file: 'users/credentials.ts',
    from: 'return { centre: this.#centre, messageType, messageId, accessIdentifier',
    to:
      'return { centre: this.#centre, messageType, messageId: `$' +
      '{messageId}$' +
      '{Math.random()}`, accessIdentifier',
  },
  {
    name: 'the password by the current key, not by its own',
    file: 'users/credentials.ts',
    from: 'return oneTimePassword(await this.#keys.byId(passwordKeyId)',
    to: 'return oneTimePassword((await this.#keys.current()).key',
  },
  {
    name: 'the password in the log',
    file: 'users/reset-password.ts',
    from: 'const password = await credentials.again(turn);',
    to: "const password = await credentials.again(turn);\n      turn.bridge.log.info('sends', { password });",
  },
  {
    name: 'dispatch without dueAt',
    file: 'messages/dispatch.ts',
    from: '#state = :state AND dueAt <= :now AND',
    to: '#state = :state AND',
  },
  {
    name: 'the line from reads that lag',
    file: 'platform/dynamodb.ts',
    from: 'new QueryCommand({ ConsistentRead: true, ...input',
    to: 'new QueryCommand({ ConsistentRead: false, ...input',
  },
  {
    name: 'all lines from reads that lag',
    file: 'platform/dynamodb.ts',
    from: 'new ScanCommand({ TableName: table, ConsistentRead: true',
    to: 'new ScanCommand({ TableName: table, ConsistentRead: false',
  },
  {
    name: 'single rows from reads that lag',
    file: 'platform/dynamodb.ts',
    from: '{ ...keys, ConsistentRead: true }',
    to: '{ ...keys, ConsistentRead: false }',
  },
  {
    name: 'several messages of a line at once',
    file: 'messages/lines.ts',
    from: 'waitsForReturn(entry, entries.slice(0, index)) : turnTaken',
    to: 'waitsForReturn(entry, entries.slice(0, index)) : false',
  },
  {
    name: 'a revocation does not wait for older effects',
    file: 'messages/lines.ts',
    from: 'effectMissing ||= uncommitted.has(entry.state) && !stuck;',
    to: 'effectMissing ||= uncommitted.has(entry.state) && stuck;',
  },
  {
    name: 'treat a reused id as done',
    file: 'messages/intake.ts',
    from: 'if (known.contentHash === contentHash) {',
    to: 'if (known.contentHash !== undefined) {',
  },
  {
    name: 'all messages of a poll at one place',
    file: 'messages/intake.ts',
    from: 'positionOf(this.#poll, index)',
    to: 'positionOf(this.#poll, 0)',
  },
  {
    name: 'lines in the order of ids',
    file: 'messages/intake.ts',
    from: 'position: positionOf(this.#poll, index)',
    to: 'position: `$' + '{positionOf(0, 0)}-$' + '{messageId}`',
  },
  {
    name: 'forget what the tables know of accesses',
    file: 'messages/lines.ts',
    from: 'this.#projects.get(subject) ?? stored.get(subject)',
    to: 'this.#projects.get(subject)',
  },
  {
    name: 'forget what older messages of the list say of accesses',
    file: 'messages/intake.ts',
    from: 'if (message.readable) this.#projects.note(message.content);',
    to: '',
  },
  {
    name: 'believe a list that ended early',
    file: 'messages/mark-all.ts',
    from: 'isSettled(state) && complete && settledAt',
    to: 'isSettled(state) && settledAt',
  },
  {
    name: 'never mark again what is listed again',
    file: 'messages/mark-all.ts',
    from: '  await forEachConcurrently(whileTime(marked, clock, until), atOnce, (messageId) => markAgain(bridge, messageId));\n',
    to: '',
  },
  {
    name: 'credentials are never delivered',
    file: 'messages/handle.ts',
    from: '  await effect.deliver?.(turn);\n',
    to: '',
  },
  {
    name: 'done before the credentials are delivered',
    file: 'users/create-project-access.ts',
    from: "state: 'applied'",
    to: "state: 'done'",
  },
  {
    name: 'a refused transaction taken for committed in company',
    file: 'platform/transaction.ts',
    from: "outcomes[others.indexOf(transaction)] ?? 'refused'",
    to: "outcomes[others.indexOf(transaction)] ?? 'committed'",
  },
  {
    name: 'a conflict taken for success',
    file: 'platform/transaction.ts',
    from: 'await clock.sleep(clock.random() * 20 * 2 ** Math.min(attempt, 6));',
    to: "return 'committed';",
  },
  {
    name: 'history begins anew with a subject that comes back',
    file: 'operations/history.ts',
    from: 'if (!(await getItem(db, table, { subject, sequence: 1 }))) return 1;',
    to: 'if (db) return 1;',
  },
  {
    name: 'a change is not noted to be published',
    file: 'operations/history.ts',
    from: '    { Put: { TableName: tables.unpublished, Item } },\n',
    to: '',
  },
  {
    name: 'an event is forgotten before the bus has it',
    file: 'operations/publish.ts',
    from: '  const errors = await bus.putEvents(',
    to: '  await forget(publishing, rows);\n  const errors = await bus.putEvents(',
  },
  {
    name: 'an event that the bus refused is forgotten',
    file: 'operations/publish.ts',
    from: '    return !errors[index];',
    to: '    return true;',
  },
  {
    name: 'hold without an incident',
    file: 'messages/hold.ts',
    from: '    incidentWrite(tables.incidents, incident, clock.now()),\n',
    to: '',
  },
  {
    name: 'a mismatch without an incident',
    file: 'messages/carry-out.ts',
    from: '    incidentWrite(tables.incidents, incident, now),\n',
    to: '',
  },
  {
    name: 'what was unreadable without an incident',
    file: 'messages/insert.ts',
    from: '  if (incident) writes.push(incidentWrite(tables.incidents, incident, record.receivedAt));\n',
    to: '',
  },
  {
    name: 'a deleted access stays a member',
    file: 'users/user.ts',
    from: '    { Delete: { TableName: tables.members, Key: memberKey(user) } },\n',
    to: '',
  },
  {
    name: "a deleted project's users stay",
    file: 'projects/remove-data.ts',
    from: "for await (const page of pages(turn, 'user#')) {",
    to: 'for (const page of [] as Member[][]) {',
  },
  {
    name: "a deleted project's messages keep their text",
    file: 'projects/remove-data.ts',
    from: '...changing({ raw: undefined, rawKey: undefined }),',
    to: '...changing({ lastError: undefined }),',
  },
  {
    name: 'a deletion makes nothing moot',
    file: 'projects/delete-project.ts',
    from: 'if (!(await supersedeAll(turn)))',
    to: 'if (turn.older.length < 0)',
  },
  {
    name: 'polls dispatch nothing',
    file: 'messages/poll.ts',
    from: 'await failureOf(dispatchDue(bridge, [...entries.values()], readAt)),',
    to: '',
  },
  {
    name: 'polls mark nothing',
    file: 'messages/poll.ts',
    from: '? await failureOf(markAll(bridge, [...entries.values()], marked, listing))',
    to: '? undefined',
  },
  {
    name: 'a failure ends the work for good',
    file: 'messages/handle.ts',
    from: 'if (!unauthorized && (!isRetryable(error) || attempts >= settings.maxAttempts))',
    to: 'if (!unauthorized)',
  },
  {
    name: 'a refused key uses attempts up',
    file: 'messages/handle.ts',
    from: 'if (!unauthorized && (!isRetryable',
    to: 'if ((!isRetryable',
  },
  {
    name: 'a file becomes visible before its MD5 is checked',
    file: 'files/put.ts',
    from: "  checkMd5(file, digest.toString('hex'));\n",
    to: '',
  },
  {
    name: 'delete a file without waiting out its lease',
    file: 'files/delete-data-file.ts',
    from: 'if ((file.leaseUntil ?? 0) > clock.now()) return',
    to: 'if ((file.leaseUntil ?? 0) < 0) return',
  },
  {
    name: 'delete a project without waiting out leases',
    file: 'projects/remove-data.ts',
    from: 'else if ((row.leaseUntil ?? 0) > bridge.clock.now()) lookAgain',
    to: 'else if ((row.leaseUntil ?? 0) < 0) lookAgain',
  },
  {
    name: 'delete files without saying so first',
    file: 'files/remove.ts',
    from: "if (row.state === 'deleting') return true;",
    to: 'if (row.state) return true;',
  },
  {
    name: 'a delivery is done before its last file',
    file: 'files/settle.ts',
    from: 'filesLeft <= 0',
    to: 'filesLeft <= 1',
  },
  {
    name: 'a return is done before the file is back',
    file: 'files/complete.ts',
    from: "  if (outcome?.kind !== 'sent') return;\n",
    to: '',
  },
  {
    name: 'an execution has the name of the attempt before',
    file: 'files/start.ts',
    from: '[file.messageId, file.fileId, file.attempt + 1]',
    to: '[file.messageId, file.fileId, 1]',
  },
  {
    name: 'give a file up without an incident',
    file: 'files/give-up.ts',
    from: '      incidentWrite(bridge.tables.incidents, incident, bridge.clock.now()),\n',
    to: '',
  },
  {
    name: 'a refused key gives a file up',
    file: 'portal/errors.ts',
    from: 'super({ ...failure, status: 401, retryable: true });',
    to: 'super({ ...failure, status: 401, retryable: false });',
  },
  {
    name: "a refused key uses a file's attempts up",
    file: 'files/retry.ts',
    from: '(row.failures ?? 1) - (unauthorized ? 1 : 0)',
    to: '(row.failures ?? 1) - (unauthorized ? 0 : 0)',
  },
  {
    name: 'what was claimed and not started never comes back',
    file: 'files/due.ts',
    from: "(file.state === 'pending' || file.state === 'copying') && file.dueAt",
    to: "file.state === 'pending' && file.dueAt",
  },
  {
    name: "a deleted file's object stays",
    file: 'files/delete-data-file.ts',
    from: '      await purgeObject(bucket, file.objectKey);\n',
    to: '',
  },
];
