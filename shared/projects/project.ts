import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Database } from '../platform/dynamodb.ts';

/** A project as the table `projects` keeps it. Times are milliseconds since 1970. */
export interface ProjectRow {
  projectNo: string;
  state: 'active' | 'deleting';
  createdAt: number;
  /** Sequence of the newest event in its history. */
  version: number;
}

export async function readProject(db: Database, table: string, projectNo: string): Promise<ProjectRow | undefined> {
  const answer = await db.send(new GetCommand({ TableName: table, Key: { projectNo }, ConsistentRead: true }));
  return answer.Item as ProjectRow | undefined;
}
