import * as z from 'zod';
import { allOrganizations, organizationIdOf } from '../../accounts/membership.ts';
import type { OrganizationRow } from '../../accounts/organization.ts';
import { answer } from '../../api/answer.ts';
import type { ProcessContext } from '../context.ts';
import { errorAnswers, refusals } from '../errors.ts';
import { findProcess } from '../find-visible.ts';
import { requireParty } from '../parties.ts';
import type { Viewer } from '../viewer.ts';
import { viewerOf } from '../viewer.ts';
import { account, id, type ProcessRoute, route } from './context.ts';

/** Organizations that carry out the service of a process, by name. @throws Refusal with 400 while no service is chosen */
async function contractorsFor(context: ProcessContext, viewer: Viewer, processID: string): Promise<OrganizationRow[]> {
  const { process, parties } = await findProcess(context, viewer, processID);
  requireParty(parties, 'client');
  if (process.serviceType === 0) throw refusals.badRequest('No service is chosen');
  const suitable = (await allOrganizations(context)).filter((row) =>
    row.supportedServices.includes(process.serviceType),
  );
  return suitable.toSorted((one, other) => one.name.localeCompare(other.name));
}

/** The address, as clients spell it: the only detail of an organization that others see. */
const detailsFor = (row: OrganizationRow): { adress: unknown } => {
  const { adress, address = adress } = JSON.parse(row.details);
  return { adress: address ?? '' };
};

const contractor = z.object({ hashedID: z.string(), name: z.string(), details: z.object({ adress: z.unknown() }) });

const parameters = z.object({ processID: id });
const refused = { 403: errorAnswers[403], 404: errorAnswers[404] };

const list = route({
  method: 'GET',
  path: '/processes/public/getContractors/{processID}',
  summary: 'Lists the organizations that carry out the service of a process',
  access: account,
  parameters,
  answers: { 200: { description: 'The organizations, by name', body: z.array(contractor) }, ...refused },
  async handler(request, context) {
    const rows = await contractorsFor(context, await viewerOf(context, request), request.parameters.processID);
    const views = rows.map((row) => ({ hashedID: organizationIdOf(row), name: row.name, details: detailsFor(row) }));
    return answer(200, views);
  },
});

const later = z.object({
  contractors: z.array(z.object({ hashedID: z.string(), name: z.string() })),
  errors: z.array(z.object({ error: z.string() })),
});

const listLater = route({
  method: 'GET',
  path: '/processes/public/process/contractors/get/{processID}',
  summary: 'Lists the organizations that carry out the service of a process, for later clients',
  access: account,
  parameters,
  answers: { 200: { description: 'The organizations, by name', body: later }, ...refused },
  async handler(request, context) {
    const rows = await contractorsFor(context, await viewerOf(context, request), request.parameters.processID);
    const contractors = rows.map((row) => ({ hashedID: organizationIdOf(row), name: row.name }));
    return answer(200, { contractors, errors: [] });
  },
});

export const contractorRoutes: readonly ProcessRoute[] = [list, listLater];
