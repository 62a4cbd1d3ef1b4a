import * as z from 'zod';
import { holderOf } from '../../api/access.ts';
import { answer } from '../../api/answer.ts';
import { allAccounts } from '../account.ts';
import { adminOrOperator } from '../caller.ts';
import { requireFactor, requiresFactor } from '../factors/requirement.ts';
import { isPermission, type Permission, permissionNames, permissions } from '../permission.ts';
import { type AccountsContext, type AccountsRoute, actorOf, errorAnswer, route } from './context.ts';

const admin = holderOf('admin');
export const permissionParameters = z.object({ permission: z.string().meta({ examples: ['operator'] }) });

async function membersOf(context: AccountsContext, names: readonly Permission[]) {
  const { db, tables } = context;
  const members = new Map(names.map((name) => [name, [] as string[]]));
  for await (const { userName, permissions } of allAccounts(db, tables.accounts)) {
    for (const name of permissions.filter(isPermission)) members.get(name)?.push(userName);
  }
  return Promise.all(
    [...members].map(async ([name, of]) => ({
      name,
      description: permissions[name],
      members: of.toSorted(),
      ...(await requirementOf(context, name)),
    })),
  );
}

/** Only where it is set: the documented answers have no such field. */
const requirementOf = async (context: AccountsContext, name: Permission) =>
  (await requiresFactor(context, name)) ? { secondFactorRequired: true as const } : {};

const requirementField = { secondFactorRequired: z.literal(true).optional() };

const listPermissions = route({
  method: 'GET',
  path: '/accounts/admin/permissions',
  summary: 'Lists the permissions, and who has them',
  access: adminOrOperator,
  answers: {
    200: {
      description: 'All permissions',
      body: z
        .object({
          permissions: z.array(
            z.object({
              name: z.string(),
              description: z.string(),
              members: z.array(z.string()),
              ...requirementField,
            }),
          ),
        })
        .meta({
          examples: [{ permissions: [{ name: 'admin', description: permissions.admin, members: ['root'] }] }],
        }),
    },
  },
  handler: async (_request, context) => answer(200, { permissions: await membersOf(context, permissionNames) }),
});

const permissionView = z
  .object({ permission: z.string(), members: z.array(z.string()), description: z.string(), ...requirementField })
  .meta({ examples: [{ permission: 'admin', members: ['root'], description: permissions.admin }] });

const readPermission = route({
  method: 'GET',
  path: '/accounts/admin/permissions/{permission}',
  summary: 'Shows who has a permission',
  access: adminOrOperator,
  parameters: permissionParameters,
  answers: {
    200: {
      description: 'The permission',
      body: permissionView,
    },
    404: errorAnswer('No such permission', 'Permission x does not exist'),
  },
  async handler({ parameters: { permission } }, context) {
    const [found] = isPermission(permission) ? await membersOf(context, [permission]) : [];
    if (!found) return answer(404, { error: `Permission ${permission} does not exist` });
    const { name, ...view } = found;
    return answer(200, { permission: name, ...view });
  },
});

const changePermission = route({
  method: 'PATCH',
  path: '/accounts/admin/permissions/{permission}',
  summary:
    'Sets whether accounts with a permission need a second factor. Until they have one, TOTP or a passkey, their tokens open nothing but what adds it',
  access: admin,
  parameters: permissionParameters,
  body: z.object({ secondFactorRequired: z.boolean() }).meta({ examples: [{ secondFactorRequired: false }] }),
  answers: {
    200: { description: 'The permission as it is now', body: permissionView },
    404: errorAnswer('No such permission', 'Permission x does not exist'),
  },
  async handler(request, context) {
    const { permission } = request.parameters;
    if (!isPermission(permission)) return answer(404, { error: `Permission ${permission} does not exist` });
    await requireFactor(context, permission, request.body.secondFactorRequired, actorOf(request));
    const [{ name, ...view } = { name: permission, members: [], description: permissions[permission] }] =
      await membersOf(context, [permission]);
    return answer(200, { permission: name, ...view });
  },
});

/** Routes of permissions: who has them, and what they require. */
export const permissionListRoutes: readonly AccountsRoute[] = [listPermissions, readPermission, changePermission];
