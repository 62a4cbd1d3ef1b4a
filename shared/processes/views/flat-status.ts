import type { Status } from '../machine/status.ts';
import type { Side } from '../machine/transitions.ts';

/** A status as somebody sees it who only wants to know whose turn it is. */
export const flatStatuses = [
  'ACTION_REQUIRED',
  'WAITING_CONTRACTOR',
  'WAITING_CLIENT',
  'WAITING_PROCESS',
  'IN_PROGRESS',
  'FAILED',
  'COMPLETED',
] as const;

export type FlatStatus = (typeof flatStatuses)[number];

/** For the client, and for the contractor where the process was sent to one. */
const bySide: Readonly<Record<Status, readonly [FlatStatus, FlatStatus]>> = {
  DRAFT: ['ACTION_REQUIRED', 'WAITING_CLIENT'],
  WAITING_FOR_OTHER_PROCESS: ['WAITING_PROCESS', 'WAITING_PROCESS'],
  SERVICE_READY: ['ACTION_REQUIRED', 'WAITING_CLIENT'],
  SERVICE_IN_PROGRESS: ['ACTION_REQUIRED', 'WAITING_CLIENT'],
  SERVICE_COMPLICATION: ['ACTION_REQUIRED', 'WAITING_CLIENT'],
  CONTRACTOR_SELECTED: ['ACTION_REQUIRED', 'WAITING_CLIENT'],
  VERIFYING: ['IN_PROGRESS', 'WAITING_CLIENT'],
  VERIFIED: ['ACTION_REQUIRED', 'WAITING_CLIENT'],
  REQUESTED: ['WAITING_CONTRACTOR', 'ACTION_REQUIRED'],
  CLARIFICATION: ['ACTION_REQUIRED', 'WAITING_CLIENT'],
  CONFIRMED_BY_CONTRACTOR: ['ACTION_REQUIRED', 'WAITING_CLIENT'],
  REJECTED_BY_CONTRACTOR: ['FAILED', 'FAILED'],
  CONFIRMED_BY_CLIENT: ['WAITING_CONTRACTOR', 'ACTION_REQUIRED'],
  REJECTED_BY_CLIENT: ['FAILED', 'FAILED'],
  PRODUCTION: ['IN_PROGRESS', 'ACTION_REQUIRED'],
  DELIVERY: ['ACTION_REQUIRED', 'WAITING_CLIENT'],
  DISPUTE: ['ACTION_REQUIRED', 'WAITING_CLIENT'],
  COMPLETED: ['COMPLETED', 'COMPLETED'],
  FAILED: ['FAILED', 'FAILED'],
  CANCELED: ['FAILED', 'FAILED'],
};

export const flatStatusOf = (status: Status, side: Side): FlatStatus => bySide[status][side === 'client' ? 0 : 1];
