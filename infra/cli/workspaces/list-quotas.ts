import { listQuotas, type Quota } from '../../../shared/workspaces/quotas.ts';
import type { Command, Operation } from '../command.ts';
import { listing, printPage, type Show } from '../listing.ts';

const limit = (value: number | undefined) => (value === undefined ? '' : ` of ${value}`);
const hours = (value: number) => value.toFixed(2);

const show: Show<Quota> = {
  head: ['SUBJECT', 'JOBS', 'CORE HOURS', 'RESERVED', 'BYTES'],
  row: (quota) => [
    quota.subject,
    `${quota.activeJobs}${limit(quota.maxConcurrentJobs)}`,
    `${hours(quota.usedCoreHours)}${limit(quota.maxCoreHours)}`,
    hours(quota.reservedCoreHours),
    `${quota.diskSpace}${limit(quota.maxDiskSpace)}`,
  ],
  describe: (quota) => quota,
  id: ({ subject }) => subject,
  one: 'quota',
  many: 'quotas',
};

/** Lists what users and projects use for workspaces and jobs. */
export const listAllQuotas: Command<typeof listing> = {
  name: 'quotas list',
  group: 'Accounts',
  arguments: [],
  options: listing,
  summary:
    'List jobs, core hours and disk space of the users and projects that have workspaces, with limits of their own',
  examples: ['quotas list'],
  run: async (operation, { after, limit: most }) => printPage(operation, most, behind(operation, after), show),
};

async function* behind(operation: Operation, after = ''): AsyncGenerator<Quota> {
  for await (const quota of listQuotas(await operation.gateway())) if (quota.subject > after) yield quota;
}
