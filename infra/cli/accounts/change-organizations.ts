import { isAllowedOrganizationName, organizationNameRule, sizeProblem } from '../../../shared/accounts/organization.ts';
import {
  changeOrganization,
  createOrganization,
  deleteOrganization,
  type NoSuchUser,
} from '../../../shared/accounts/save-organization.ts';
import { InvalidInputError, PermanentError } from '../../../shared/platform/errors.ts';
import type { Command } from '../command.ts';
import { decisionOptions } from '../decide/confirm.ts';
import { carryOut } from './carry-out.ts';
import { unknownAccount } from './find-account.ts';
import { unknownOrganization } from './organizations.ts';

const services = { flags: '--services <NUMBERS>', summary: 'services that it carries out, as 1,2' } as const;

const createOptions = {
  services,
  members: { flags: '--members <USERS>', summary: 'user names of its members, as anna,bob' },
  ...decisionOptions,
} as const;

export const createNewOrganization: Command<typeof createOptions> = {
  name: 'organizations create',
  group: 'Accounts',
  arguments: ['<name>'],
  options: createOptions,
  summary: 'Create an organization, a group of accounts that carries out services',
  examples: ['organizations create \'Heart Clinic\' --services 1 --members anna,bob --reason "new contractor"'],
  async run(operation, { services, members, ...values }, name = '') {
    if (!isAllowedOrganizationName(name)) throw new InvalidInputError(`name: must ${organizationNameRule}`);
    const fields = { supportedServices: numbersOf(services) ?? [], members: wordsOf(members) ?? [] };
    const problem = sizeProblem(fields);
    if (problem !== undefined) throw new InvalidInputError(problem);
    const organization = { name, details: {}, ...fields };
    const planned = [`Organization ${name} will be created: ${sentences(fields.supportedServices, fields.members)}.`];
    return carryOut(operation, values, planned, async (gateway, actor) => {
      const outcome = await createOrganization(gateway, organization, actor);
      if (outcome.kind === 'exists') throw new PermanentError(`There is an organization ${name} already`);
      checkMembers(outcome);
      return { completed: [`Organization ${name} was created.`] };
    });
  },
};

const changeOptions = {
  services,
  addMember: { flags: '--add-member <USER>', summary: 'user name of a new member' },
  removeMember: { flags: '--remove-member <USER>', summary: 'user name of a member that leaves' },
  ...decisionOptions,
} as const;

export const changeExistingOrganization: Command<typeof changeOptions> = {
  name: 'organizations change',
  group: 'Accounts',
  arguments: ['<name>'],
  options: changeOptions,
  summary: 'Replace the services of an organization, add a member, or take one away',
  examples: ['organizations change \'Heart Clinic\' --add-member eve --remove-member bob --reason "eve follows bob"'],
  async run(operation, { services, addMember, removeMember, ...values }, name = '') {
    const supportedServices = numbersOf(services);
    const problem = sizeProblem({ supportedServices: supportedServices ?? [] });
    if (problem !== undefined) throw new InvalidInputError(problem);
    const planned = [
      ...(supportedServices ? [`Organization ${name} will carry out services ${supportedServices.join(', ')}.`] : []),
      ...(addMember === undefined ? [] : [`${addMember} will be a member of organization ${name}.`]),
      ...(removeMember === undefined ? [] : [`${removeMember} will be no member of organization ${name}.`]),
    ];
    if (planned.length === 0) throw new InvalidInputError('Give --services, --add-member or --remove-member');
    return carryOut(operation, values, planned, async (gateway, actor) => {
      const members = { newMembers: listOf(addMember), removedMembers: listOf(removeMember) };
      const outcome = await changeOrganization(gateway, name, { supportedServices, ...members }, actor);
      if (outcome.kind === 'unknown') throw unknownOrganization(name);
      checkMembers(outcome);
      return { completed: [`Organization ${name} was changed.`] };
    });
  },
};

export const deleteExistingOrganization: Command<typeof decisionOptions> = {
  name: 'organizations delete',
  group: 'Accounts',
  arguments: ['<name>'],
  options: decisionOptions,
  summary: 'Delete an organization. Its members keep their accounts',
  examples: ['organizations delete \'Heart Clinic\' --reason "the contract has ended"'],
  run: (operation, values, name = '') =>
    carryOut(operation, values, [`Organization ${name} will be deleted.`], async (gateway, actor) => {
      if (!(await deleteOrganization(gateway, name, actor))) throw unknownOrganization(name);
      return { completed: [`Organization ${name} was deleted.`] };
    }),
};

/** @throws InvalidInputError unless they are numbers of services */
function numbersOf(text: string | undefined): number[] | undefined {
  const numbers = wordsOf(text)?.map(Number);
  if (numbers?.every((number) => Number.isSafeInteger(number) && number >= 1) === false) {
    throw new InvalidInputError('--services: must be whole numbers from 1, with commas between them');
  }
  return numbers;
}

const wordsOf = (text: string | undefined) => text?.split(',').map((word) => word.trim());

const listOf = (word: string | undefined) => (word === undefined ? [] : [word]);

const sentences = (services: readonly number[], members: readonly string[]) =>
  [
    services.length > 0 ? `services ${services.join(', ')}` : 'no services',
    members.length > 0 ? `members ${members.join(', ')}` : 'no members',
  ].join('; ');

/** @throws PermanentError naming the member that is no account */
function checkMembers(outcome: NoSuchUser | { kind: 'created' | 'changed' }): void {
  if (outcome.kind === 'no-such-user') throw unknownAccount(outcome.userName);
}
