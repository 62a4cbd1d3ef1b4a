import * as z from 'zod';
import { usePages } from './use-pages.ts';
import { useResource } from './use-resource.ts';

const account = z.object({
  username: z.string(),
  fname: z.string(),
  lname: z.string(),
  email: z.string(),
  blockLogin: z.boolean(),
  blockLoginReason: z.string(),
  permissions: z.array(z.string()),
});
export type Account = z.infer<typeof account>;

export const useAccounts = () =>
  usePages({
    path: '/accounts/admin/users',
    schema: z.object({ result: z.array(account), cursor: z.string().optional() }),
    nextOf: (page) => page.cursor,
    cursor: 'cursor',
    live: ['account#', 'access#'],
  });

const organization = z.object({
  name: z.string(),
  supportedServices: z.array(z.number()),
  members: z.array(z.string()),
});

export const useOrganizations = () =>
  useResource({
    path: '/accounts/admin/organizations',
    schema: z.object({ organizations: z.array(organization) }),
    live: ['organization#', 'account#'],
  });
