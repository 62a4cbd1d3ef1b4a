import { readAccount } from '../../../shared/accounts/account.ts';
import { accountSubject } from '../../../shared/accounts/history.ts';
import { auditWrites, gatewaySubject } from '../../../shared/decisions/audit.ts';
import { projectSubject } from '../../../shared/messages/subject.ts';
import { InvalidInputError, PermanentError } from '../../../shared/platform/errors.ts';
import { foldId } from '../../../shared/portal/id.ts';
import { limitWrites, type OwnLimits } from '../../../shared/workspaces/quotas.ts';
import { printable } from '../../terminal/render.ts';
import type { Command } from '../command.ts';
import { checkDecision, decide, decisionOptions } from '../decide/confirm.ts';
import { checkProject } from '../find/project-option.ts';
import type { OperatedGateway } from '../target/gateway.ts';

const options = {
  jobs: { flags: '--jobs <COUNT>', summary: 'jobs at the same time, or `none` for the general limit' },
  coreHours: { flags: '--core-hours <HOURS>', summary: 'core hours in all, or `none` for the general limit' },
  diskSpace: { flags: '--disk-space <BYTES>', summary: 'bytes of files, or `none` for the general limit' },
  ...decisionOptions,
} as const;

/** Sets limits of a user or a project. */
export const setQuota: Command<typeof options> = {
  name: 'quotas set',
  group: 'Accounts',
  arguments: ['<subject>'],
  options,
  summary: 'Set limits of account#NAME or project#N for workspaces and jobs',
  examples: [
    "quotas set 'account#bob' --jobs 2 --core-hours 500 --reason 'pilot study'",
    "quotas set 'project#1001' --disk-space none --reason 'more storage'",
  ],
  async run(operation, { jobs, coreHours, diskSpace, ...values }, text = '') {
    checkDecision(operation, values);
    const limits = {
      ...(jobs !== undefined && { maxConcurrentJobs: amount('--jobs', jobs, /^\d{1,9}$/) }),
      ...(coreHours !== undefined && { maxCoreHours: amount('--core-hours', coreHours, /^\d{1,9}(?:\.\d{1,5})?$/) }),
      ...(diskSpace !== undefined && { maxDiskSpace: amount('--disk-space', diskSpace, /^\d{1,15}$/) }),
    };
    if (Object.keys(limits).length === 0) throw new InvalidInputError('Give --jobs, --core-hours or --disk-space');
    const gateway = await operation.gateway();
    const { subject, target } = await targetOf(gateway, text);
    const said = sentence(limits);
    return decide(operation, gateway, values, {
      planned: [`The limits of ${printable(subject)} will be: ${said}.`],
      completed: [`The limits of ${printable(subject)} are: ${said}.`],
      transactions: async (decision) => [
        [
          ...(await limitWrites(gateway, target, limits)),
          ...(await auditWrites(
            gateway,
            { subject: gatewaySubject, event: 'changed', details: { quota: subject, limits: said } },
            decision,
          )),
        ],
      ],
    });
  },
};

/** @returns undefined for `none` */
function amount(option: string, text: string, pattern: RegExp): number | undefined {
  if (text === 'none') return undefined;
  if (!pattern.test(text)) throw new InvalidInputError(`${option}: must be a number from 0, or none`);
  return Number(text);
}

/**
 * The account or project that limits are for, and its subject as the list has it.
 *
 * @throws PermanentError when there is none
 */
async function targetOf(gateway: OperatedGateway, text: string) {
  const [, kind, name = ''] = /^(account|project)#(.+)$/.exec(text) ?? [];
  if (kind === 'project') {
    const projectNo = foldId(name);
    await checkProject(gateway, projectNo);
    return { subject: projectSubject(projectNo), target: { projectNo } };
  }
  if (kind !== 'account') throw new InvalidInputError('subject: must be account#NAME or project#N');
  const account = await readAccount(gateway.db, gateway.tables.accounts, name);
  if (!account) throw new PermanentError(`There is no account ${printable(name)}`);
  return { subject: accountSubject(account.account), target: { account } };
}

const words = { maxConcurrentJobs: 'jobs', maxCoreHours: 'core hours', maxDiskSpace: 'bytes' } as const;

const sentence = (limits: OwnLimits): string =>
  (Object.keys(words) as (keyof typeof words)[])
    .filter((name) => name in limits)
    .map((name) => `${words[name]} ${limits[name] ?? 'as in general'}`)
    .join(', ');
