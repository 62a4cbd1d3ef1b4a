import { organizationIdOf } from '../accounts/membership.ts';
import type { OrganizationRow } from '../accounts/organization.ts';
import { batchGet, getItem } from '../platform/dynamodb.ts';
import type { ProcessContext } from './context.ts';
import { itemsOf } from './items.ts';
import { filesOf, processKey } from './keys.ts';
import type { ProcessFacts } from './machine/facts.ts';
import type { Status } from './machine/status.ts';
import type { ProcessFileRow, ProcessProjectRow, ProcessRow } from './rows.ts';
import type { Order } from './services/service.ts';

interface Asked {
  project: ProcessProjectRow;
  row: ProcessRow;
  /** The step that a party asks for. */
  to: Status | undefined;
  edited: boolean;
  /** Makes the files after the change from those before it. */
  files: ((files: readonly ProcessFileRow[]) => readonly ProcessFileRow[]) | undefined;
}

/** Reads what the facts of a process depend on beside its row. @returns makes the facts of a row */
export async function factReader(
  context: ProcessContext,
  { project, row, to, edited, files: change }: Asked,
): Promise<(row: ProcessRow) => ProcessFacts> {
  const [stored, openPredecessors, contractorSuits] = await Promise.all([
    readProcessFiles(context, row),
    openAmong(context, row),
    to ? suits(context, row) : false,
  ]);
  const files = change ? change(stored) : stored;
  const service = context.services.get(row.serviceType);
  const order: Order = { project, process: row, details: JSON.parse(row.serviceDetails), files };
  const prevented = to && service?.beforeStep ? await service.beforeStep(context, order, to) : [];
  return ({ status, serviceType, serviceDetails, provisionalContractor, verification }) => ({
    status,
    isOwned: project.owner.kind !== 'session',
    serviceType,
    detailsMissing: context.services.get(serviceType)?.missing(JSON.parse(serviceDetails), files) ?? [],
    openPredecessors,
    provisionalContractor: provisionalContractor?.id,
    contractorSuits,
    edited,
    sendAsked: verification?.send === true,
    prevented,
  });
}

/** The files of a process. */
export const readProcessFiles = (
  context: ProcessContext,
  { projectID, processID }: Pick<ProcessRow, 'projectID' | 'processID'>,
): Promise<ProcessFileRow[]> => Array.fromAsync(itemsOf<ProcessFileRow>(context, projectID, filesOf(processID)));

/** The processes that have to come before a process and are not completed. */
export async function openAmong(
  { db, clock, tables }: ProcessContext,
  { projectID, dependenciesIn }: ProcessRow,
): Promise<string[]> {
  if (dependenciesIn.length === 0) return [];
  const keys = dependenciesIn.map((processID) => ({ ...processKey(projectID, processID) }));
  const rows = await batchGet<ProcessRow>(db, clock, tables.processes, keys);
  // One that was deleted is waited for no longer.
  return rows.filter(({ status }) => status !== 'COMPLETED').map(({ processID }) => processID);
}

/** Whether the chosen contractor still exists and carries out the service. */
async function suits(
  { db, tables }: ProcessContext,
  { provisionalContractor, serviceType }: ProcessRow,
): Promise<boolean> {
  if (!provisionalContractor) return false;
  const row = await getItem<OrganizationRow>(db, tables.accounts, { account: provisionalContractor.organization });
  return (
    row !== undefined &&
    organizationIdOf(row) === provisionalContractor.id &&
    row.supportedServices.includes(serviceType)
  );
}
