/**
 * Statuses of a process, by name. `code` is the documented number; `later` are the name and the number that later clients know,
 * for which several of ours may be one.
 */
const statuses = {
  DRAFT: { code: 0, later: 'DRAFT' },
  WAITING_FOR_OTHER_PROCESS: { code: 100, later: 'WAITING_FOR_OTHER_PROCESS' },
  SERVICE_READY: { code: 200, later: 'SERVICE_READY' },
  SERVICE_IN_PROGRESS: { code: 201, later: 'SERVICE_IN_PROGRESS' },
  SERVICE_COMPLICATION: { code: 202, later: 'SERVICE_COMPLICATION' },
  CONTRACTOR_SELECTED: { code: 300, later: 'CONTRACTOR_COMPLETED' },
  VERIFYING: { code: 400, later: 'VERIFYING' },
  VERIFIED: { code: 500, later: 'VERIFICATION_COMPLETED' },
  REQUESTED: { code: 600, later: 'REQUEST_COMPLETED' },
  CLARIFICATION: { code: 700, later: 'REQUEST_COMPLETED' },
  CONFIRMED_BY_CONTRACTOR: { code: 800, later: 'OFFER_COMPLETED' },
  REJECTED_BY_CONTRACTOR: { code: 801, later: 'OFFER_REJECTED' },
  CONFIRMED_BY_CLIENT: { code: 900, later: 'CONFIRMATION_COMPLETED' },
  REJECTED_BY_CLIENT: { code: 901, later: 'CONFIRMATION_REJECTED' },
  PRODUCTION: { code: 1000, later: 'PRODUCTION_IN_PROGRESS' },
  DELIVERY: { code: 1100, later: 'DELIVERY_IN_PROGRESS' },
  DISPUTE: { code: 1200, later: 'DISPUTE' },
  COMPLETED: { code: 1300, later: 'COMPLETED' },
  FAILED: { code: 1400, later: 'FAILED' },
  CANCELED: { code: 1500, later: 'CANCELED' },
} as const;

/** Numbers of the later generation: the same number may mean another status than in `code`. */
const laterCodes = {
  DRAFT: 0,
  WAITING_FOR_OTHER_PROCESS: 100,
  SERVICE_READY: 200,
  SERVICE_IN_PROGRESS: 201,
  SERVICE_COMPLICATION: 202,
  CONTRACTOR_COMPLETED: 300,
  VERIFYING: 400,
  VERIFICATION_COMPLETED: 402,
  REQUEST_COMPLETED: 500,
  OFFER_COMPLETED: 600,
  OFFER_REJECTED: 601,
  CONFIRMATION_COMPLETED: 700,
  CONFIRMATION_REJECTED: 701,
  PRODUCTION_IN_PROGRESS: 800,
  DELIVERY_IN_PROGRESS: 900,
  DISPUTE: 1000,
  COMPLETED: 1100,
  FAILED: 1200,
  CANCELED: 1300,
} as const;

export type Status = keyof typeof statuses;

export const statusNames = Object.keys(statuses) as Status[];

/** The documented number of a status. */
export const codeOf = (status: Status): number => statuses[status].code;

/** The number of a status for later clients. */
export const laterCodeOf = (status: Status): number => laterCodes[statuses[status].later];

const laterByCode = new Map<unknown, number>(statusNames.map((status) => [codeOf(status), laterCodeOf(status)]));

/** The number that later clients know for a documented one; anything else as it is. */
export const laterNumber = <Value>(code: Value): Value | number => laterByCode.get(code) ?? code;

/** The statuses that a name means, ours or that of later clients; none when it is unknown. */
export const statusesNamed = (name: string): Status[] =>
  statusNames.filter((status) => status === name || statuses[status].later === name);

/** Statuses of orders under way: such a process may not be deleted. */
const underWay: ReadonlySet<Status> = new Set<Status>([
  'REQUESTED',
  'CLARIFICATION',
  'CONFIRMED_BY_CONTRACTOR',
  'CONFIRMED_BY_CLIENT',
  'PRODUCTION',
  'DELIVERY',
  'DISPUTE',
]);

export const isUnderWay = (status: Status): boolean => underWay.has(status);

const ends: ReadonlySet<Status> = new Set<Status>([
  'REJECTED_BY_CONTRACTOR',
  'REJECTED_BY_CLIENT',
  'COMPLETED',
  'FAILED',
  'CANCELED',
]);

/** Whether nothing follows. */
export const isEnd = (status: Status): boolean => ends.has(status);

/** Whether the process has not been sent to a contractor yet, so that its client may still change it. */
export const isBeforeRequest = (status: Status): boolean => codeOf(status) < codeOf('REQUESTED');
