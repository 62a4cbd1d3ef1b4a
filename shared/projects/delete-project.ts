import type { Bucket } from '../files/purge.ts';
import { returnKey } from '../files/transfer.ts';
import { removeText } from '../messages/content.ts';
import { done, type Effect, isOver, mismatch, type Plan, type Turn, waitForLease } from '../messages/effect.ts';
import { memberOf, projectSubject } from '../messages/lines.ts';
import type { MessageRecord } from '../messages/record.ts';
import { isUnfinished, supersedeWrites } from '../messages/supersede.ts';
import { nextSequence } from '../operations/history.ts';
import { forEachConcurrently } from '../platform/concurrency.ts';
import { changing } from '../platform/dynamodb.ts';
import { transact } from '../platform/transaction.ts';
import { readProject } from './project.ts';
import { type DeletionTables, removeProjectData } from './remove-data.ts';

/** DeleteProject: everything of the project's goes: users, files, objects, what its messages said. Its history stays. */
export function deleteProject(tables: DeletionTables, bucket: Bucket): Effect<'DeleteProject'> {
  return {
    type: 'DeleteProject',

    async plan({ bridge, record, data: { projectNo }, older }: Turn<'DeleteProject'>): Promise<Plan> {
      const project = await readProject(bridge.db, tables.projects, projectNo);
      if (!project) {
        const moot = await supersedeWrites(bridge, older.slice(0, 40));
        // Nothing to delete, but what a person held: now it never happens.
        return moot.length > 0 ? done(moot, []) : mismatch(`project ${projectNo}`, 'it does not exist');
      }
      const sequence = project.version + 1;
      return {
        kind: 'commit',
        state: 'applying',
        writes: [
          {
            Update: {
              TableName: tables.projects,
              Key: { projectNo },
              ConditionExpression: 'version = :read',
              ...changing({ state: 'deleting', version: sequence }, { ':read': project.version }),
            },
          },
        ],
        history: [{ subject: projectSubject(projectNo), sequence, event: 'deletion begun', projectNo }],
        message: record.rawKey ? { raw: inShort(record, projectNo) } : {},
      };
    },

    async proceed(turn): Promise<Plan> {
      const { bridge, data, record } = turn;
      const { projectNo } = data;
      if (!(await supersedeAll(turn))) return { kind: 'wait', until: bridge.clock.now() };
      const until = await removeProjectData(turn, tables, bucket);
      if (until !== undefined) return waitForLease(bridge, until);
      await removeText(bridge, record);
      const subject = projectSubject(projectNo);
      const sequence = await nextSequence(bridge.db, bridge.tables.history, subject);
      const member = memberOf(record.position);
      return {
        kind: 'commit',
        state: 'done',
        writes: [
          { Delete: { TableName: tables.projects, Key: { projectNo } } },
          { Delete: { TableName: bridge.tables.members, Key: { projectNo, member } } },
        ],
        history: [{ subject, sequence, event: 'deleted', projectNo }],
        message: { raw: undefined, rawKey: undefined },
      };
    },
  };
}

/** How many messages are made moot at a time. */
const atOnce = 20;

/**
 * Makes moot what is unfinished of the older messages, and what is still to be moved for them.
 *
 * @returns whether all of it is: not when somebody was at work on one at this moment, or when the time is up
 */
async function supersedeAll({ bridge, older, deadline }: Turn<'DeleteProject'>): Promise<boolean> {
  let all = true;
  const unfinished = older.filter(({ state }) => isUnfinished(state));
  await forEachConcurrently(unfinished, atOnce, async (entry) => {
    if (isOver(bridge, deadline)) all = false;
    if (!all) return;
    const writes = await supersedeWrites(bridge, [entry]);
    // It has begun or ended since the line was read: a delivery may be adding files to the project.
    if (writes.length === 0) all = false;
    if (!all) return;
    const transfer = { Delete: { TableName: bridge.tables.lines, Key: returnKey(entry) } };
    // Somebody's work on it would go on without its text.
    if ((await transact(bridge.db, bridge.clock, [...writes, transfer])) === 'refused') all = false;
  });
  return all;
}

/** What a deletion of long text needs to know from then on: the text goes with the project. */
const inShort = ({ messageId, type: messageType }: MessageRecord, projectNo: string) =>
  JSON.stringify({ messageId, messageType, data: { projectNo } });
