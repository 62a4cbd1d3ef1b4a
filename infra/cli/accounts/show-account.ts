import { accountSubject } from '../../../shared/accounts/history.ts';
import { accessSubject } from '../../../shared/messages/subject.ts';
import type { Command } from '../command.ts';
import { commandLine } from '../command-line.ts';
import { printDetail } from '../explain/detail.ts';
import { dateTime } from '../listing.ts';
import { findAccount } from './find-account.ts';
import { describeAccount } from './list-accounts.ts';

/** Shows one account. */
export const showAccount: Command<Record<never, never>> = {
  name: 'accounts show',
  group: 'Accounts',
  arguments: ['<userName>'],
  options: {},
  summary: 'Show an account, and where its history is',
  examples: ['accounts show anna'],
  async run(operation, _, userName = '') {
    const row = await findAccount(await operation.gateway(), userName);
    const account = describeAccount(row);
    const subjects = [
      accountSubject(row.account),
      ...(row.accessIdentifier === undefined ? [] : [accessSubject(row.accessIdentifier)]),
    ];
    return printDetail(operation, {
      title: `Account ${account.userName}`,
      facts: [
        ['state', account.state],
        ['reason', account.blockReason],
        ['permissions', account.permissions.join(', ')],
        ['name', [account.fname, account.lname].filter((name) => name !== undefined).join(' ')],
        ['e-mail', account.email],
        ['password', account.changePassword ? 'to be changed at the next sign-in' : undefined],
        ['second factor', account.secondFactors?.join(', ')],
        ['access', account.accessIdentifier],
        ['created', dateTime(account.createdAt)],
      ],
      sections: [['More', subjects.map((subject) => commandLine(operation.where, ['history'], subject))]],
      json: account,
    });
  },
};
