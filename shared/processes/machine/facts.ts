import type { Missing } from '../missing.ts';
import type { Status } from './status.ts';

/** All that a step of the state machine depends on, as it was read for the transaction that makes the step. */
export interface ProcessFacts {
  readonly status: Status;
  /** Whether the project is an account's, and no draft of a visitor. */
  readonly isOwned: boolean;
  /** Number of the service, 0 for none. */
  readonly serviceType: number;
  /** Parts that the details lack by the rules of the service. */
  readonly detailsMissing: readonly Missing[];
  /** Processes that have to be completed before and are not. */
  readonly openPredecessors: readonly string[];
  /** Id of the organization that the client has chosen. */
  readonly provisionalContractor: string | undefined;
  /** Whether that organization exists and carries out the service. */
  readonly contractorSuits: boolean;
  /** Whether this request changes the service, its details, files or contractor. */
  readonly edited: boolean;
  /** Whether the client asked for sending after the verification. */
  readonly sendAsked: boolean;
  /** Objections of the service to the step. */
  readonly prevented: readonly Missing[];
}

const unless = (holds: boolean, key: string, message: string): Missing[] => (holds ? [] : [{ key, message }]);

/** Conditions of steps, by name. Each says what is missing for it: nothing when it holds. */
export const conditions = {
  'client signed in': ({ isOwned }) => unless(isOwned, 'Process-Client', 'A draft is sent by an account: sign in'),
  'service chosen': ({ serviceType }) => unless(serviceType !== 0, 'Process-ServiceType', 'No service is chosen'),
  'no service chosen': ({ serviceType }) => unless(serviceType === 0, 'Process-ServiceType', 'A service is chosen'),
  'details complete': ({ serviceType, detailsMissing }) => (serviceType === 0 ? [] : [...detailsMissing]),
  'details incomplete': ({ detailsMissing, serviceType }) =>
    unless(serviceType === 0 || detailsMissing.length > 0, 'Service-Details', 'The details are complete'),
  'contractor chosen': ({ provisionalContractor }) =>
    unless(provisionalContractor !== undefined, 'Process-Contractor', 'No contractor is chosen'),
  'no contractor chosen': ({ provisionalContractor }) =>
    unless(provisionalContractor === undefined, 'Process-Contractor', 'A contractor is chosen'),
  'contractor carries out the service': ({ provisionalContractor, contractorSuits }) =>
    unless(
      provisionalContractor === undefined || contractorSuits,
      'Process-Contractor',
      'The chosen contractor does not carry out the service',
    ),
  'predecessors completed': ({ openPredecessors }) =>
    openPredecessors.map((processID) => ({
      key: 'Process-Dependency',
      message: 'A process that has to come before is not completed',
      processID,
    })),
  'predecessors open': ({ openPredecessors }) =>
    unless(openPredecessors.length > 0, 'Process-Dependency', 'No process has to come before'),
  edited: ({ edited }) => unless(edited, 'Process-Edit', 'Nothing was changed'),
  'sending asked for': ({ sendAsked }) => unless(sendAsked, 'Process-Verification', 'Sending was not asked for'),
  'service agrees': ({ prevented }) => [...prevented],
} satisfies Record<string, (facts: ProcessFacts) => Missing[]>;

export type Condition = keyof typeof conditions;

/** Everything that is missing for conditions to hold. */
export const missingFor = (facts: ProcessFacts, names: readonly Condition[]): Missing[] =>
  names.flatMap((name) => conditions[name](facts));
