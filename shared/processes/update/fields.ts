import { allOrganizations, organizationIdOf } from '../../accounts/membership.ts';
import type { ProcessContext } from '../context.ts';
import { checkDetails, mergeDetails, withoutDetails } from '../details.ts';
import { refusals } from '../errors.ts';
import { historyTypes } from '../history-entry.ts';
import type { Contractor } from '../rows.ts';
import type { Deletions, RequestedChanges } from './request.ts';
import type { Working } from './working.ts';

/** Sets what a client wants in a process. @throws Refusal with 400 naming what breaks a rule */
export async function applyFields(context: ProcessContext, working: Working, changes: RequestedChanges): Promise<void> {
  const { serviceType, serviceDetails, serviceStatus, processDetails, provisionalContractor } = changes;
  if (serviceType !== undefined) setService(context, working, serviceType);
  if (serviceDetails) {
    const old = working.row.serviceDetails;
    const merged = mergeDetails('serviceDetails', old, serviceDetails);
    checkDetails(context.services.get(working.row.serviceType), merged);
    working.edit({ serviceDetails: merged }, detailsEntry('serviceDetails', old, merged));
  }
  if (serviceStatus !== undefined) {
    const old = working.row.serviceStatus;
    working.edit(
      { serviceStatus },
      {
        event: 'changed',
        type: 'STATUS',
        key: 'serviceStatus',
        data: serviceStatus,
        old,
        details: { serviceStatus: '' },
      },
    );
  }
  if (processDetails) {
    if ('provisionalContractor' in processDetails) {
      throw refusals.badRequest('processDetails.provisionalContractor: is a field of its own');
    }
    working.requireUnsent();
    const old = working.row.processDetails;
    const merged = mergeDetails('processDetails', old, processDetails);
    working.set({ processDetails: merged }, detailsEntry('processDetails', old, merged));
  }
  if (provisionalContractor !== undefined) {
    const found = provisionalContractor === '' ? undefined : await findContractor(context, provisionalContractor);
    setContractor(working, found);
  }
}

/** Another service has other details. */
function setService({ services }: ProcessContext, working: Working, serviceType: number): void {
  if (serviceType !== 0 && !services.has(serviceType))
    throw refusals.badRequest('serviceType: there is no such service');
  const { serviceType: old, serviceDetails } = working.row;
  const entry = { event: 'changed', type: 'SERVICE', key: 'serviceType', data: serviceType, old } as const;
  working.edit({ serviceType, ...(serviceType !== old && { serviceDetails: '{}' }) }, entry);
  if (serviceType === old || serviceDetails === '{}') return;
  working.set({}, { ...detailsEntry('serviceDetails', serviceDetails, '{}'), type: 'DELETION' });
}

async function findContractor(context: ProcessContext, id: string): Promise<Contractor> {
  const row = (await allOrganizations(context)).find((organization) => organizationIdOf(organization) === id);
  if (!row) throw refusals.badRequest('provisionalContractor: there is no such organization');
  return { id, organization: row.account, name: row.name };
}

function setContractor(working: Working, provisionalContractor: Contractor | undefined): void {
  const old = working.row.provisionalContractor?.id ?? '';
  const data = provisionalContractor?.id ?? '';
  working.edit(
    { provisionalContractor },
    {
      event: 'changed',
      type: 'OTHER',
      key: 'provisionalContractor',
      data,
      old,
      details: { provisionalContractor: '' },
    },
  );
}

const detailsEntry = (key: 'serviceDetails' | 'processDetails', old: string, data: string) =>
  ({
    event: 'changed',
    type: 'DETAILS',
    key,
    data: JSON.parse(data),
    old: JSON.parse(old),
    details: { [key]: '' },
  }) as const;

/** Deletes what a client does not want in a process any more. Deletions come before changes. */
export function applyDeletions(context: ProcessContext, working: Working, deletions: Deletions): void {
  if ('serviceType' in deletions) setService(context, working, 0);
  for (const key of ['serviceDetails', 'processDetails'] as const) {
    const named = deletions[key];
    if (named === undefined) continue;
    const old = working.row[key];
    const left = withoutDetails(old, Object.keys(named));
    working.requireUnsent();
    const entry = {
      ...detailsEntry(key, old, left),
      type: 'DELETION',
      details: { deletion: historyTypes.DETAILS, content: Object.keys(named).join(', ') },
    } as const;
    if (key === 'serviceDetails') working.edit({ [key]: left }, entry);
    else working.set({ [key]: left }, entry);
  }
  if ('serviceStatus' in deletions) {
    const old = working.row.serviceStatus;
    const details = { deletion: historyTypes.STATUS, content: 'serviceStatus' };
    working.edit(
      { serviceStatus: 0 },
      { event: 'changed', type: 'DELETION', key: 'serviceStatus', data: 0, old, details },
    );
  }
  if ('provisionalContractor' in deletions) setContractor(working, undefined);
}
