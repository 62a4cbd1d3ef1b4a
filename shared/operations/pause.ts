import { type Database, getItem } from '../platform/dynamodb.ts';

/** Key of the pause in the table `control`. */
export const pauseKey = { name: 'pause' };

/** An operator's pause: no polls and no new work; what is running finishes. */
export interface Pause {
  by: string;
  reason: string;
  /** Milliseconds since 1970. */
  since: number;
}

/** The pause that an operator began, if it lasts. */
export const readPause = (db: Database, controlTable: string): Promise<Pause | undefined> =>
  getItem<Pause>(db, controlTable, pauseKey);

/** Whether an operator stopped polling and new work; what is running finishes. */
export async function isPaused(db: Database, controlTable: string): Promise<boolean> {
  return (await readPause(db, controlTable)) !== undefined;
}
