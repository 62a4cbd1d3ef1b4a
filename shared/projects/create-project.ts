import { done, type Effect, mismatch, type Plan, type Turn } from '../messages/effect.ts';
import { projectSubject } from '../messages/lines.ts';
import { nextSequence } from '../operations/history.ts';
import { type ProjectRow, readProject } from './project.ts';

/** CreateProject: the project exists from now on. */
export function createProject(tables: { projects: string }): Effect<'CreateProject'> {
  return {
    type: 'CreateProject',
    async plan({ bridge, data }: Turn<'CreateProject'>): Promise<Plan> {
      const { projectNo } = data;
      const subject = projectSubject(projectNo);
      const [existing, sequence] = await Promise.all([
        readProject(bridge.db, tables.projects, projectNo),
        nextSequence(bridge.db, bridge.tables.history, subject),
      ]);
      if (existing) return mismatch(`no project ${projectNo}`, `it exists, ${existing.state}`);
      const project: ProjectRow = { projectNo, state: 'active', createdAt: bridge.clock.now(), version: sequence };
      return done(
        [
          {
            Put: {
              TableName: tables.projects,
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
