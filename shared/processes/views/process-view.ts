import * as z from 'zod';
import { fileView, viewFiles } from '../files/file-view.ts';
import { codeOf } from '../machine/status.ts';
import type { WholeProcess } from '../read-project.ts';
import type { ProcessProjectRow, ProcessRow, Verification } from '../rows.ts';
import type { ServiceRegistry } from '../services/service.ts';
import { messageView, viewChat } from './message-view.ts';
import { clientOf, projectView, viewProject } from './project-view.ts';
import { documentedTime, isoTime } from './times.ts';

const object = z.record(z.string(), z.unknown());

const verificationView = z.object({
  attempt: z.int().positive(),
  state: z.enum(['running', 'passed', 'failed', 'canceled']),
  send: z.boolean().describe('Whether the process is sent when it has passed'),
  startedWhen: z.iso.datetime(),
  results: z.array(z.object({ check: z.string(), passed: z.boolean(), message: z.string() })),
});

/** Fields that both generations have. */
export const commonProcessFields = {
  processID: z.string(),
  processStatus: z.int(),
  statusName: z.string().describe('The status by its name: numbers differ between generations'),
  processDetails: object,
  serviceType: z.int(),
  serviceStatus: z.int(),
  serviceDetails: object,
  service: object.describe('What the service adds, for people'),
  client: z.string(),
  files: z.record(z.string(), fileView),
  messages: z.object({ messages: z.array(messageView).describe('The newest, of 1 MB at most; the history has all') }),
  verification: verificationView.optional(),
  reason: z.string().optional().describe('Why neither party ended it'),
  createdWhen: z.string(),
  updatedWhen: z.string(),
  accessedWhen: z.string(),
};

/** A process as the document has it. */
export const processView = z.object({
  ...commonProcessFields,
  project: projectView,
  contractor: z.string().describe('Name of the organization; empty until the process is sent'),
});

export function viewProcess<Context>(
  services: ServiceRegistry<Context>,
  project: ProcessProjectRow,
  whole: WholeProcess,
): z.input<typeof processView> {
  const { process } = whole;
  return {
    ...commonFieldsOf(services, project, whole, ''),
    processStatus: codeOf(process.status),
    processDetails: { ...JSON.parse(process.processDetails), ...chosenContractor(process) },
    project: viewProject(project),
    contractor: process.contractor?.name ?? '',
  };
}

const chosenContractor = ({ provisionalContractor }: ProcessRow) =>
  provisionalContractor ? { provisionalContractor: provisionalContractor.id } : {};

/** @param visitor the client of a draft */
export function commonFieldsOf<Context>(
  services: ServiceRegistry<Context>,
  project: ProcessProjectRow,
  { process, files, messages }: WholeProcess,
  visitor: string,
) {
  const { processID, status, serviceType, serviceStatus, verification, reason, createdAt, updatedAt } = process;
  const details: Record<string, unknown> = JSON.parse(process.serviceDetails);
  return {
    processID,
    statusName: status,
    serviceType,
    serviceStatus,
    serviceDetails: details,
    service: services.get(serviceType)?.view?.({ project, process, details, files }) ?? {},
    client: clientOf(project.owner, visitor),
    files: viewFiles(files),
    messages: { messages: viewChat(messages) },
    ...(verification && { verification: viewVerification(verification) }),
    ...(reason !== undefined && { reason }),
    createdWhen: documentedTime(createdAt),
    updatedWhen: documentedTime(updatedAt),
    accessedWhen: documentedTime(updatedAt),
  };
}

const viewVerification = ({ generation, state, send, startedAt, results = [] }: Verification) => ({
  attempt: generation,
  state,
  send,
  startedWhen: isoTime(startedAt),
  results,
});
