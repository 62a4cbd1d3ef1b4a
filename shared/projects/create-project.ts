import { emptyOutbox } from '../files/outbox/remove-orphan.ts';
import { nextSequence } from '../history/history.ts';
import {
  done,
  goOnAnew,
  type HandlerContext,
  type MessageHandler,
  type MessagePlan,
  mismatch,
} from '../messages/handle/handler.ts';
import { mayGoOn } from '../messages/handle/lease.ts';
import { projectSubject } from '../messages/subject.ts';
import type { Bucket } from '../platform/s3.ts';
import { type ProjectRow, readProject } from './project.ts';

/**
 * CreateProject: creates the project. Objects put before under its number, perhaps for an earlier project, do not belong to it.
 * A project whose number still has readers of an earlier project waits until a person has decided about them.
 *
 * @param readProjects numbers of the projects whose files roles may read according to the setting `readerRoleArns`
 */
export function createProject(bucket: Bucket, readProjects: readonly string[] = []): MessageHandler<'CreateProject'> {
  return {
    type: 'CreateProject',
    async plan(handling: HandlerContext<'CreateProject'>): Promise<MessagePlan> {
      const { context, data, record } = handling;
      const { projectNo } = data;
      const subject = projectSubject(projectNo);
      const [existing, sequence] = await Promise.all([
        readProject(context, projectNo),
        nextSequence(context.db, context.tables.history, subject),
      ]);
      if (existing) return mismatch(`no project ${projectNo}`, `it exists, ${existing.state}`);
      if (sequence > 1 && readProjects.includes(projectNo) && !record.approved) {
        return { kind: 'approval', found: readersRemain(projectNo) };
      }
      const { messageId } = record;
      const outbox = { projectNo, messageId };
      const { isEmpty, ...emptied } = await emptyOutbox({ ...context, bucket }, outbox, () => mayGoOn(handling));
      if (!isEmpty) return goOnAnew(context);
      const project: ProjectRow = {
        projectNo,
        state: 'active',
        createdAt: context.clock.now(),
        ...emptied,
        version: sequence,
      };
      return done(
        [
          {
            Put: {
              TableName: context.tables.projects,
              Item: project,
              ConditionExpression: 'attribute_not_exists(projectNo)',
            },
          },
        ],
        [{ subject, sequence, event: 'created', projectNo }],
      );
    },
  };
}

const readersRemain = (projectNo: string) =>
  `project ${projectNo} was deleted, and readerRoleArns still lets the roles of that project read the files of this number: ` +
  'take them out of the setting and deploy, or make sure that they may read the new project; then approve the message';
