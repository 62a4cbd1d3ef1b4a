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

/** The current pause, if there is one. */
export const readPause = (db: Database, controlTable: string): Promise<Pause | undefined> =>
  getItem<Pause>(db, controlTable, pauseKey);

/** Whether polling and new work are paused by an operator. Running work finishes. */
export async function isPaused(db: Database, controlTable: string): Promise<boolean> {
  return (await readPause(db, controlTable)) !== undefined;
}
