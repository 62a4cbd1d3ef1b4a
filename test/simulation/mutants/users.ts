import type { Mutation } from './mutation.ts';

/** Mutants of accesses and their passwords. */
export const users: readonly Mutation[] = [
  {
    name: 'a fresh password for each retry',
    file: 'users/one-time-passwords.ts',
    from: 'return { centre: this.#centre, messageType, messageId, accessIdentifier',
    to:
      'return { centre: this.#centre, messageType, messageId: `$' +
      '{messageId}$' +
      '{Math.random()}`, accessIdentifier',
  },
  {
    name: 'the password by the current key, not by its own',
    file: 'users/one-time-passwords.ts',
    from: 'return oneTimePassword(await this.#keys.byId(passwordKeyId)',
    to: 'return oneTimePassword((await this.#keys.current()).key',
  },
  {
    name: 'the password in the log',
    file: 'users/reset-password.ts',
    from: 'const password = await credentials.again(handling);',
    to: "const password = await credentials.again(handling);\n      handling.context.log.info('sends', { password });",
  },
  {
    name: 'done before the credentials are delivered',
    file: 'users/create-project-access.ts',
    from: "state: 'applied'",
    to: "state: 'done'",
  },
  {
    name: 'a deleted access stays a member',
    file: 'users/remove-user.ts',
    from: '    { Delete: { TableName: tables.members, Key: userMemberKey(user) } },\n',
    to: '',
  },
  {
    name: 'a password given away though its taking was refused',
    file: 'users/take-one-time-password.ts',
    from: "    if (outcome === 'refused') return tryAgain;\n",
    to: "    if (outcome === 'refused') log.info('refused');\n",
  },
  {
    name: 'a disabled access whose account stays open',
    file: 'users/switch-project-access.ts',
    from: ', accessDisabling(context, user)]',
    to: ']',
  },
  {
    name: 'tokens that outlive a revocation',
    file: 'users/access-account.ts',
    from: '{ accessDisabled: true, ...endOfTokens() }',
    to: '{ accessDisabled: true }',
  },
  {
    name: 'a reset that leaves the account its old password',
    file: 'users/reset-password.ts',
    from: ', accessPasswordReset(context, user, passwordHash)]',
    to: ']',
  },
  {
    name: 'a one-time password that need not be changed',
    file: 'users/access-account.ts',
    from: 'changePassword: true',
    to: 'changePassword: false',
  },
  {
    name: 'a deleted access whose account is left',
    file: 'users/remove-user.ts',
    from: '    ...accessAccountRemoval({ tables }, account),\n',
    to: '',
  },
  {
    name: 'an own password set over a new one-time password',
    file: 'accounts/change-password.ts',
    from: 'account.passwordHash === verified',
    to: "account.passwordHash !== ''",
  },
  {
    name: 'an enabled access that lets in whom the centre blocked',
    file: 'users/access-account.ts',
    from: '{ accessDisabled: false }',
    to: '{ accessDisabled: false, blockLogin: false }',
  },
];
