import { requireFactor, requiresFactor } from '../../../shared/accounts/factors/requirement.ts';
import { isPermission, type Permission, permissionNames, permissions } from '../../../shared/accounts/permission.ts';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import type { Command, Operation } from '../command.ts';
import { decisionOptions } from '../decide/confirm.ts';
import { listing, printPage, type Show } from '../listing.ts';
import { carryOut } from './carry-out.ts';

interface PermissionView {
  name: Permission;
  description: string;
  secondFactorRequired: boolean;
}

const show: Show<PermissionView> = {
  head: ['NAME', 'SECOND FACTOR', 'DESCRIPTION'],
  row: ({ name, secondFactorRequired, description }) => [
    name,
    secondFactorRequired ? 'required' : 'optional',
    description,
  ],
  describe: (permission) => permission,
  id: ({ name }) => name,
  one: 'permission',
  many: 'permissions',
};

/** Lists the permissions that accounts may have. */
export const listPermissions: Command<typeof listing> = {
  name: 'permissions list',
  group: 'Accounts',
  arguments: [],
  options: listing,
  summary: 'List the permissions that accounts may have, and whether they require a second factor',
  examples: ['permissions list'],
  run: async (operation, { after, limit }) => printPage(operation, limit, behind(operation, after), show),
};

async function* behind(operation: Operation, after = ''): AsyncGenerator<PermissionView> {
  const gateway = await operation.gateway();
  for (const name of permissionNames.toSorted().filter((other) => other > after)) {
    yield { name, description: permissions[name], secondFactorRequired: await requiresFactor(gateway, name) };
  }
}

const secondFactor = ['required', 'optional'] as const;

const changeOptions = {
  secondFactor: {
    flags: '--second-factor <DEMAND>',
    choices: secondFactor,
    required: true,
    summary: 'whether accounts with the permission need a second factor',
  },
  ...decisionOptions,
} as const;

/** Sets whether a permission requires a second factor. */
export const changePermission: Command<typeof changeOptions> = {
  name: 'permissions change',
  group: 'Accounts',
  arguments: ['<permission>'],
  options: changeOptions,
  summary: 'Require a second factor of all accounts with a permission, or no longer',
  examples: ['permissions change admin --second-factor required --reason "security policy"'],
  run(operation, { secondFactor, ...values }, permission = '') {
    if (!isPermission(permission)) {
      throw new InvalidInputError(`permission: must be one of ${permissionNames.join(', ')}`);
    }
    const required = secondFactor === 'required';
    const planned = required
      ? `Accounts with permission ${permission} and no second factor will only be able to add one.`
      : `Accounts with permission ${permission} will need no second factor.`;
    return carryOut(operation, values, [planned], async (gateway, actor) => {
      await requireFactor(gateway, permission, required, actor);
      return { completed: [`A second factor is ${secondFactor} for permission ${permission}.`] };
    });
  },
};
