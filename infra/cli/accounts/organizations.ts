import {
  listOrganizations,
  type Organization,
  organizationKey,
  readOrganization,
} from '../../../shared/accounts/organization.ts';
import { PermanentError } from '../../../shared/platform/errors.ts';
import { printable } from '../../terminal/render.ts';
import type { Command } from '../command.ts';
import { commandLine } from '../command-line.ts';
import { printDetail } from '../explain/detail.ts';
import { listing, printPage, type Show } from '../listing.ts';

const show: Show<Organization> = {
  head: ['NAME', 'SERVICES', 'MEMBERS'],
  row: ({ name, supportedServices, members }) => [name, supportedServices.join(', '), members.join(', ')],
  describe: (organization) => organization,
  id: ({ name }) => name,
  one: 'organization',
  many: 'organizations',
};

/** Lists the groups of accounts that carry out services. */
export const listAllOrganizations: Command<typeof listing> = {
  name: 'organizations list',
  group: 'Accounts',
  arguments: [],
  options: listing,
  summary: 'List organizations, with the services that they carry out and their members',
  examples: ['organizations list'],
  async run(operation, { after, limit }) {
    const all = await listOrganizations(await operation.gateway());
    return printPage(operation, limit, behind(all, after), show);
  },
};

async function* behind(all: readonly Organization[], after = ''): AsyncGenerator<Organization> {
  for (const organization of all) if (organization.name > after) yield organization;
}

/** Shows one organization. */
export const showOrganization: Command<Record<never, never>> = {
  name: 'organizations show',
  group: 'Accounts',
  arguments: ['<name>'],
  options: {},
  summary: 'Show an organization, and where its history is',
  examples: ["organizations show 'Heart Clinic'"],
  async run(operation, _, given = '') {
    const found = await readOrganization(await operation.gateway(), given);
    if (!found) throw unknownOrganization(given);
    const { name, supportedServices, members, details } = found;
    return printDetail(operation, {
      title: `Organization ${name}`,
      facts: [
        ['services', supportedServices.join(', ')],
        ['members', members.join(', ')],
        ['details', Object.keys(details).length > 0 ? printable(JSON.stringify(details)) : undefined],
      ],
      sections: [['More', [commandLine(operation.where, ['history'], organizationKey(name))]]],
      json: found,
    });
  },
};

export const unknownOrganization = (name: string) => new PermanentError(`There is no organization ${printable(name)}`);
