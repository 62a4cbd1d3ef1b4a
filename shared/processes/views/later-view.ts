import * as z from 'zod';
import { type Condition, missingFor, type ProcessFacts } from '../machine/facts.ts';
import { isBeforeRequest, laterCodeOf } from '../machine/status.ts';
import { missingView } from '../missing.ts';
import type { Parties } from '../parties.ts';
import type { WholeProcess } from '../read-project.ts';
import type { Contractor, ProcessProjectRow, ProcessRow } from '../rows.ts';
import type { ServiceRegistry } from '../services/service.ts';
import { buttonsFor, buttonView } from './buttons.ts';
import { flatStatuses, flatStatusOf } from './flat-status.ts';
import { commonFieldsOf, commonProcessFields } from './process-view.ts';
import { laterProjectView, viewLaterProject } from './project-view.ts';

/** A process for later clients. */
export const laterProcessView = z.object({
  ...commonProcessFields,
  project: laterProjectView,
  contractor: z.object({ name: z.string().optional(), hashedID: z.string().optional() }),
  dependenciesIn: z.array(z.string()),
  dependenciesOut: z.array(z.string()),
  processStatusButtons: z.array(buttonView),
  processErrors: z.array(missingView),
  flatProcessStatus: z.enum(flatStatuses),
});

/** A process and the viewer's place in it. */
export interface Viewed {
  project: ProcessProjectRow;
  whole: WholeProcess;
  parties: Parties;
  /** Processes that have to come before and are not completed. */
  openPredecessors: readonly string[];
}

/** The order in which people are told what is missing before an order can be sent. */
const shown: readonly Condition[] = [
  'service chosen',
  'details complete',
  'predecessors completed',
  'contractor chosen',
];

export function viewLaterProcess<Context>(
  services: ServiceRegistry<Context>,
  { project, whole, parties, openPredecessors }: Viewed,
): z.input<typeof laterProcessView> {
  const { process, dependents } = whole;
  const facts = factsOf(services, project, whole, openPredecessors);
  const failed = { key: 'Process-VerificationFailed', message: 'The verification has failed' };
  const errors = isBeforeRequest(process.status) ? missingFor(facts, shown) : [];
  const side = parties.has('client') || !parties.has('contractor') ? 'client' : 'contractor';
  return {
    ...commonFieldsOf(services, project, whole, 'anonymous'),
    processStatus: laterCodeOf(process.status),
    processDetails: { ...JSON.parse(process.processDetails), ...chosenContractor(process) },
    project: viewLaterProject(project),
    contractor: process.contractor ? viewContractor(process.contractor) : {},
    dependenciesIn: process.dependenciesIn,
    dependenciesOut: dependents,
    processStatusButtons: buttonsFor(facts, parties),
    processErrors: process.status === 'SERVICE_COMPLICATION' ? [...errors, failed] : errors,
    flatProcessStatus: flatStatusOf(process.status, side),
  };
}

const viewContractor = ({ name, id: hashedID }: Contractor) => ({ name, hashedID });

const chosenContractor = ({ provisionalContractor }: ProcessRow) =>
  provisionalContractor ? { provisionalContractor: viewContractor(provisionalContractor) } : {};

/** The facts as far as they are known without asking anybody: whether the contractor still suits shows at the step. */
function factsOf<Context>(
  services: ServiceRegistry<Context>,
  { owner }: ProcessProjectRow,
  { process, files }: WholeProcess,
  openPredecessors: readonly string[],
): ProcessFacts {
  const { status, serviceType, serviceDetails, provisionalContractor, verification } = process;
  return {
    status,
    isOwned: owner.kind !== 'session',
    serviceType,
    detailsMissing: services.get(serviceType)?.missing(JSON.parse(serviceDetails), files) ?? [],
    openPredecessors,
    provisionalContractor: provisionalContractor?.id,
    contractorSuits: true,
    edited: false,
    sendAsked: verification?.send === true,
    prevented: [],
  };
}
