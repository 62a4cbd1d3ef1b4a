import { type Database, getItem } from '../platform/dynamodb.ts';

/** A project as the table `projects` keeps it. Times are milliseconds since 1970. */
export interface ProjectRow {
  projectNo: string;
  state: 'active' | 'deleting';
  createdAt: number;
  /** When its outbox was empty, by the clock of S3. Objects put before do not belong to the project. */
  emptyAt?: number;
  /** Sequence of the newest event in its history. */
  version: number;
}

export const readProject = (
  { db, tables }: { db: Database; tables: { projects: string } },
  projectNo: string,
): Promise<ProjectRow | undefined> => getItem<ProjectRow>(db, tables.projects, { projectNo });
