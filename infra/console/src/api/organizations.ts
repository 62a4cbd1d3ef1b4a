import * as z from 'zod';
import { call, pathOf } from './call.ts';
import { useResource } from './use-resource.ts';

const organization = z.object({
  name: z.string(),
  supportedServices: z.array(z.number()),
  members: z.array(z.string()),
  details: z.record(z.string(), z.unknown()),
  version: z.number(),
});
export type Organization = z.infer<typeof organization>;

export const useOrganizations = () =>
  useResource({
    path: '/accounts/admin/organizations',
    schema: z.object({ organizations: z.array(organization) }),
    live: ['organization#', 'account#'],
  });

/** Creates or replaces an organization, unless somebody else has changed it since it had that version. */
export const saveOrganization = ({ name, ...body }: Organization) =>
  call({ method: 'PUT', path: pathOf`/accounts/admin/organizations/${name}`, body, schema: z.unknown() });

export const deleteOrganization = (name: string) =>
  call({ method: 'DELETE', path: pathOf`/accounts/admin/organizations/${name}`, schema: z.unknown() });
