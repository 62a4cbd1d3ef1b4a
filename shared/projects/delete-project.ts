import { nextSequence } from '../history/history.ts';
import {
  done,
  goOnAnew,
  type HandlerContext,
  type MessageHandler,
  type MessagePlan,
  missing,
  waitForLease,
} from '../messages/handle/handler.ts';
import type { MessageRecord } from '../messages/record.ts';
import { removeText } from '../messages/stored-text.ts';
import { memberOf, projectSubject } from '../messages/subject.ts';
import { supersedeAll, supersedeWithEffect } from '../messages/supersede.ts';
import { updateExpression } from '../platform/dynamodb.ts';
import { readProject } from './project.ts';
import { type ProjectStores, removeProjectData } from './remove-data.ts';

/** DeleteProject: removes everything of the project: users, workspaces, processes, files, objects and the texts of its messages. Its history stays. */
export function deleteProject(stores: ProjectStores): MessageHandler<'DeleteProject'> {
  return {
    type: 'DeleteProject',

    async plan(handling: HandlerContext<'DeleteProject'>): Promise<MessagePlan> {
      const { context, record, data } = handling;
      const { projectNo } = data;
      const project = await readProject(context, projectNo);
      if (!project) {
        const superseding = await supersedeWithEffect(handling, ofProject(handling));
        if (!superseding) return goOnAnew(context);
        // Nothing to delete except held messages, which are superseded.
        return superseding.length > 0
          ? done(superseding, [])
          : missing(`project ${projectNo}`, projectSubject(projectNo));
      }
      const sequence = project.version + 1;
      return {
        kind: 'commit',
        state: 'applying',
        writes: [
          {
            Update: {
              TableName: context.tables.projects,
              Key: { projectNo },
              ConditionExpression: 'version = :read',
              ...updateExpression({ state: 'deleting', version: sequence }, { ':read': project.version }),
            },
          },
        ],
        history: [{ subject: projectSubject(projectNo), sequence, event: 'deletion begun', projectNo }],
        message: record.rawKey ? { raw: inShort(record, projectNo) } : {},
      };
    },

    async continueApplying(handling): Promise<MessagePlan> {
      const { context, data, record } = handling;
      const { projectNo } = data;
      if (!(await supersedeAll(handling, ofProject(handling)))) return goOnAnew(context);
      const goOn = await removeProjectData(handling, stores);
      if (goOn) return { ...waitForLease(context, goOn.until), checks: goOn.checks };
      await removeText(context, record);
      const subject = projectSubject(projectNo);
      const sequence = await nextSequence(context.db, context.tables.history, subject);
      const member = memberOf(record.position);
      return {
        kind: 'commit',
        state: 'done',
        writes: [
          { Delete: { TableName: context.tables.projects, Key: { projectNo } } },
          { Delete: { TableName: context.tables.members, Key: { projectNo, member } } },
        ],
        history: [{ subject, sequence, event: 'deleted', projectNo }],
        message: { raw: undefined, rawKey: undefined },
      };
    },
  };
}

/** Older messages about the project. From other lines, these are only returns of its files. */
const ofProject = ({ older, record }: HandlerContext<'DeleteProject'>) =>
  older.filter(({ line, type }) => line === record.line || type === 'ReturnDataFile');

/** The shortened text of a deletion with a long text, because the text is removed with the project. */
const inShort = ({ messageId, type: messageType }: MessageRecord, projectNo: string) =>
  JSON.stringify({ messageId, messageType, data: { projectNo } });
