import type { Condition } from './facts.ts';
import type { Status } from './status.ts';

/** A party whose people see a process. */
export type Side = 'client' | 'contractor';

/** Party that may make a step. `automatic` steps are made with each change, when their conditions hold. */
export type Party = Side | 'system' | 'automatic';

/** Choices of the client that a step back undoes. */
export type Clearing = 'service' | 'contractor';

export interface Transition {
  readonly from: Status;
  readonly to: Status;
  readonly by: Party;
  readonly needs: readonly Condition[];
  readonly clears?: Clearing;
}

type More = Partial<Pick<Transition, 'needs' | 'clears'>>;

const steps = (
  by: Party,
  from: Status | readonly Status[],
  to: Status,
  { needs = [], clears }: More = {},
): Transition[] => [from].flat().map((each) => ({ from: each, to, by, needs, ...(clears && { clears }) }));

const ready: readonly Condition[] = [
  'client signed in',
  'service chosen',
  'details complete',
  'contractor chosen',
  'contractor carries out the service',
  'predecessors completed',
];

/**
 * The state machine of a process. Of the automatic steps that may follow a status the first whose conditions hold is made, and
 * then the next, until none follows.
 */
export const transitions: readonly Transition[] = [
  // A change of the order ends what was found out about the order as it was.
  ...steps('automatic', ['VERIFYING', 'VERIFIED'], 'CONTRACTOR_SELECTED', { needs: ['edited'] }),
  ...steps('automatic', 'SERVICE_COMPLICATION', 'SERVICE_IN_PROGRESS', { needs: ['edited'] }),
  ...steps('automatic', 'CONTRACTOR_SELECTED', 'SERVICE_READY', { needs: ['details incomplete'] }),
  ...steps('automatic', 'CONTRACTOR_SELECTED', 'SERVICE_READY', { needs: ['no contractor chosen'] }),
  ...steps('automatic', 'SERVICE_READY', 'SERVICE_IN_PROGRESS', { needs: ['details incomplete'] }),
  ...steps('automatic', 'SERVICE_IN_PROGRESS', 'DRAFT', { needs: ['no service chosen'] }),
  ...steps('automatic', ['DRAFT', 'SERVICE_IN_PROGRESS'], 'WAITING_FOR_OTHER_PROCESS', {
    needs: ['predecessors open'],
  }),
  ...steps('automatic', 'WAITING_FOR_OTHER_PROCESS', 'SERVICE_IN_PROGRESS', {
    needs: ['predecessors completed', 'service chosen'],
  }),
  ...steps('automatic', 'WAITING_FOR_OTHER_PROCESS', 'DRAFT', {
    needs: ['predecessors completed', 'no service chosen'],
  }),
  ...steps('automatic', 'DRAFT', 'SERVICE_IN_PROGRESS', { needs: ['service chosen'] }),
  ...steps('automatic', 'SERVICE_IN_PROGRESS', 'SERVICE_READY', { needs: ['details complete'] }),
  ...steps('automatic', 'SERVICE_READY', 'CONTRACTOR_SELECTED', { needs: ['contractor chosen'] }),

  ...steps('client', 'CONTRACTOR_SELECTED', 'VERIFYING', { needs: ready }),
  ...steps('system', 'VERIFYING', 'VERIFIED'),
  ...steps('system', 'VERIFYING', 'SERVICE_COMPLICATION'),
  ...steps('client', 'VERIFIED', 'REQUESTED', { needs: ready }),
  ...steps('system', 'VERIFIED', 'REQUESTED', { needs: [...ready, 'sending asked for'] }),

  ...steps('contractor', 'REQUESTED', 'CLARIFICATION'),
  ...steps('contractor', ['REQUESTED', 'CLARIFICATION'], 'CONFIRMED_BY_CONTRACTOR'),
  ...steps('contractor', ['REQUESTED', 'CLARIFICATION'], 'REJECTED_BY_CONTRACTOR'),
  ...steps('client', 'CONFIRMED_BY_CONTRACTOR', 'CONFIRMED_BY_CLIENT'),
  ...steps('client', 'CONFIRMED_BY_CONTRACTOR', 'REJECTED_BY_CLIENT'),
  ...steps('contractor', 'CONFIRMED_BY_CLIENT', 'PRODUCTION', { needs: ['service agrees'] }),
  ...steps('contractor', 'PRODUCTION', 'DELIVERY', { needs: ['service agrees'] }),
  ...steps('contractor', 'PRODUCTION', 'FAILED'),
  ...steps('client', ['DELIVERY', 'DISPUTE'], 'COMPLETED'),
  ...steps('client', ['DELIVERY', 'DISPUTE'], 'FAILED'),
  ...steps('client', 'DELIVERY', 'DISPUTE'),

  ...steps(
    'client',
    ['SERVICE_READY', 'SERVICE_IN_PROGRESS', 'WAITING_FOR_OTHER_PROCESS', 'SERVICE_COMPLICATION'],
    'DRAFT',
    {
      clears: 'service',
    },
  ),
  ...steps('client', 'CONTRACTOR_SELECTED', 'SERVICE_READY', { clears: 'contractor' }),
  ...steps('client', ['VERIFYING', 'VERIFIED'], 'CONTRACTOR_SELECTED'),

  // The end of the project that the process belongs to.
  ...steps(
    'system',
    [
      ...([
        'DRAFT',
        'WAITING_FOR_OTHER_PROCESS',
        'SERVICE_READY',
        'SERVICE_IN_PROGRESS',
        'SERVICE_COMPLICATION',
      ] as const),
      ...(['CONTRACTOR_SELECTED', 'VERIFYING', 'VERIFIED', 'REQUESTED', 'CLARIFICATION'] as const),
      ...(['CONFIRMED_BY_CONTRACTOR', 'CONFIRMED_BY_CLIENT', 'PRODUCTION', 'DELIVERY', 'DISPUTE'] as const),
    ],
    'CANCELED',
  ),
];
