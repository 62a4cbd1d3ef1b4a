import { type AccountRow, endOfTokens } from '../../../shared/accounts/account.ts';
import { resetFactors } from '../../../shared/accounts/factors/manage-factors.ts';
import { type AccountChange, changeAccount, createAccount } from '../../../shared/accounts/manage-accounts.ts';
import { permissionNames } from '../../../shared/accounts/permission.ts';
import { resetAccountPassword } from '../../../shared/accounts/reset-password.ts';
import { isAllowedUserName, userNameRule } from '../../../shared/accounts/user-name.ts';
import { InvalidInputError, PermanentError } from '../../../shared/platform/errors.ts';
import type { Command, Operation } from '../command.ts';
import { checkDecision, type DecisionValues, decisionOptions } from '../decide/confirm.ts';
import { carryOut } from './carry-out.ts';
import { findAccount, unknownAccount } from './find-account.ts';

/** Creates an account with a generated password, which is printed once. */
const createOptions = {
  email: { flags: '--email <ADDRESS>', summary: 'e-mail address of its owner' },
  permission: { flags: '--permission <NAME>', choices: permissionNames, summary: 'permission that it gets' },
  ...decisionOptions,
} as const;

export const createUserAccount: Command<typeof createOptions> = {
  name: 'accounts create',
  group: 'Accounts',
  arguments: ['<userName>'],
  options: createOptions,
  summary: 'Create an account, and print its password, to be changed at the first sign-in within 7 days',
  examples: ['accounts create anna --permission operator --reason "new colleague"'],
  async run(operation, { email, permission, ...values }, userName = '') {
    if (!isAllowedUserName(userName)) throw new InvalidInputError(`userName: must ${userNameRule}`);
    const permissions = permission === undefined ? [] : [permission];
    const planned = [
      `Account ${userName} will be created, ${permission ? `with permission ${permission}` : 'without permissions'}.`,
    ];
    return carryOut(operation, values, planned, async (gateway, actor) => {
      const wanted = { userName, email, permissions, changePassword: true, blockLogin: false };
      const created = await createAccount(gateway, wanted, actor);
      if (created.kind !== 'created') throw new PermanentError(`Account ${userName}: ${refusals[created.kind]}`);
      return { completed: [`Account ${userName} was created.`], password: created.generatedPassword };
    });
  },
};

const refusals = {
  'not-allowed': 'the user name is not allowed',
  exists: 'there is one of this name',
  'email-in-use': 'another account has the e-mail address',
} as const;

export const blockAccount: Command<typeof decisionOptions> = {
  name: 'accounts block',
  group: 'Accounts',
  arguments: ['<userName>'],
  options: decisionOptions,
  summary: 'Block an account: no sign-in, and all its tokens end at once',
  examples: ['accounts block anna --reason "left the centre"'],
  run: (operation, values, userName = '') =>
    change(operation, values, userName, ['will be blocked.', 'was blocked.'], (account) =>
      account.blockLogin
        ? { refusal: 'is blocked already' }
        : {
            changes: { blockLogin: true, blockLoginReason: values.reason, ...endOfTokens() },
            event: 'blocked',
          },
    ),
};

export const unblockAccount: Command<typeof decisionOptions> = {
  name: 'accounts unblock',
  group: 'Accounts',
  arguments: ['<userName>'],
  options: decisionOptions,
  summary: 'Take back the block of an account. An access that DST has disabled stays shut',
  examples: ['accounts unblock anna --reason "is back"'],
  run: (operation, values, userName = '') =>
    change(operation, values, userName, ['will be unblocked.', 'was unblocked.'], (account) =>
      account.blockLogin
        ? { changes: { blockLogin: false, blockLoginReason: undefined }, event: 'unblocked' }
        : { refusal: 'is not blocked by a person' },
    ),
};

export const resetAccount: Command<typeof decisionOptions> = {
  name: 'accounts reset',
  group: 'Accounts',
  arguments: ['<userName>'],
  options: decisionOptions,
  summary: 'Give an account a new password, and print it, to be changed at the first sign-in within 7 days',
  examples: ['accounts reset anna --reason "forgotten"'],
  async run(operation, values, userName = '') {
    checkDecision(operation, values);
    await findAccount(await operation.gateway(), userName);
    const planned = [`Account ${userName} will get a new password, and all its tokens will end.`];
    return carryOut(operation, values, planned, async (gateway, actor) => {
      const reset = await resetAccountPassword(gateway, userName, actor);
      if (!reset) throw unknownAccount(userName);
      return { completed: [`Account ${userName} has a new password.`], password: reset.password };
    });
  },
};

export const resetAccountFactors: Command<typeof decisionOptions> = {
  name: 'accounts reset-factors',
  group: 'Accounts',
  arguments: ['<userName>'],
  options: decisionOptions,
  summary: 'Remove all second factors of an account whose owner has lost them, and end all its tokens',
  examples: ['accounts reset-factors anna --reason "lost the phone"'],
  async run(operation, values, userName = '') {
    checkDecision(operation, values);
    await findAccount(await operation.gateway(), userName);
    const planned = [`Account ${userName} will lose its second factors, and all its tokens will end.`];
    return carryOut(operation, values, planned, async (gateway, actor) => {
      const outcome = await resetFactors(gateway, userName, actor);
      if (!outcome) throw unknownAccount(userName);
      if ('refusal' in outcome) throw new PermanentError(`Account ${userName} has no second factor`);
      return { completed: [`Account ${userName} has no second factor any more.`] };
    });
  },
};

const permissionOptions = {
  add: { flags: '--add <NAME>', choices: permissionNames, summary: 'permission that it gets' },
  remove: { flags: '--remove <NAME>', choices: permissionNames, summary: 'permission that it loses' },
  ...decisionOptions,
} as const;

export const changePermissions: Command<typeof permissionOptions> = {
  name: 'accounts permissions',
  group: 'Accounts',
  arguments: ['<userName>'],
  options: permissionOptions,
  summary: 'Give an account a permission, or take one away',
  examples: ['accounts permissions anna --add admin --reason "keeps the accounts"'],
  run(operation, { add, remove, ...values }, userName = '') {
    const name = add ?? remove;
    if (name === undefined || (add !== undefined && remove !== undefined))
      throw new InvalidInputError('Give either --add or --remove');
    const sentences = add ? ([`will get`, `has got`] as const) : ([`will lose`, `has lost`] as const);
    const [planned, completed] = sentences.map((verb) => `${verb} permission ${name}.`);
    return change(operation, values, userName, [planned ?? '', completed ?? ''], ({ permissions }) => {
      if (permissions.includes(name) === (add !== undefined))
        return { refusal: add ? `has permission ${name} already` : `does not have permission ${name}` };
      const others = permissions.filter((other) => other !== name);
      return {
        changes: { permissions: add ? [...others, name] : others },
        event: add ? 'permission added' : 'permission removed',
        details: { permission: name },
      };
    });
  },
};

/** @param sentences what will be done and what was done, without the account's name */
async function change(
  operation: Operation,
  values: DecisionValues,
  userName: string,
  [planned, completed]: readonly [string, string],
  plan: (account: AccountRow) => AccountChange | { refusal: string },
): Promise<0 | 1> {
  checkDecision(operation, values);
  await findAccount(await operation.gateway(), userName);
  return carryOut(operation, values, [`Account ${userName} ${planned}`], async (gateway, actor) => {
    const outcome = await changeAccount(gateway, userName, actor, plan);
    if (!outcome) throw unknownAccount(userName);
    if ('refusal' in outcome) throw new PermanentError(`Account ${userName} ${outcome.refusal}`);
    return { completed: [`Account ${userName} ${completed}`] };
  });
}
