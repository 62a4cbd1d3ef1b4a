import * as z from 'zod';
import { call, pathOf } from './call.ts';
import { useResource } from './use-resource.ts';

const permission = z.object({
  name: z.string(),
  description: z.string(),
  members: z.array(z.string()),
  secondFactorRequired: z.literal(true).optional(),
});
export type Permission = z.infer<typeof permission>;

/** The permissions that there are, and who has them. */
export const usePermissions = () =>
  useResource({
    path: '/accounts/admin/permissions',
    schema: z.object({ permissions: z.array(permission) }),
    live: ['account#', 'permission#'],
  });

/** Sets whether accounts with a permission need a second factor. */
export const requireFactor = (name: string, secondFactorRequired: boolean) =>
  call({
    method: 'PATCH',
    path: pathOf`/accounts/admin/permissions/${name}`,
    body: { secondFactorRequired },
    schema: z.unknown(),
  });
