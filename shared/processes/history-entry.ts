import type { HistoryEvent } from '../history/history.ts';

/** Types of entries of a process's history, with the documented numbers. */
export const historyTypes = {
  CREATION: 1,
  STATUS: 2,
  MESSAGE: 3,
  FILE: 4,
  DELETION: 5,
  DETAILS: 6,
  OTHER: 7,
  SERVICE: 8,
  DEPENDENCY: 9,
} as const;

export type HistoryType = keyof typeof historyTypes;

/** An event of a process. */
export interface ProcessHistoryEntry {
  event: HistoryEvent['event'];
  type: HistoryType;
  /** The field of a process that has changed, as requests name it: `messages`, `processStatus`. */
  key?: string;
  /** The new value. */
  data: unknown;
  /** The value before. */
  old?: unknown;
  details?: Record<string, unknown>;
}
