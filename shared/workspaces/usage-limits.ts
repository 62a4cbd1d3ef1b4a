import { getItem } from '../platform/dynamodb.ts';
import type { Write } from '../platform/transaction.ts';
import type { RemovalContext, WorkspacesContext } from './context.ts';
import { coreHourUnits } from './job-state.ts';
import { type Holder, usageKey } from './keys.ts';
import type { UsageRow } from './rows.ts';

type Counter = 'activeJobs' | 'coreHours' | 'usedCoreHours' | 'diskSpace';

/** Differences that a transaction makes to counters. */
export type UsageChange = Partial<Record<Counter, number>>;

/** Limits that count: in jobs, units of core hours, and bytes. */
export type Limits = { readonly [C in Exclude<Counter, 'usedCoreHours'>]?: number | undefined };

interface HolderUsage {
  holder: Holder;
  usage: UsageRow | undefined;
  limits: Limits;
}

/** Reads use and limits of a user, and of a project if there is one. */
export async function readUsage(
  context: WorkspacesContext,
  { userId, projectNo }: { userId: number; projectNo?: string | undefined },
): Promise<HolderUsage[]> {
  const holders: Holder[] = [{ userId }, ...(projectNo === undefined ? [] : [{ projectNo }])];
  return Promise.all(
    holders.map(async (holder) => {
      const usage = await getItem<UsageRow>(context.db, context.tables.workspaces, usageKey(holder));
      return { holder, usage, limits: limitsOf(context, holder, usage) };
    }),
  );
}

/** Limits of a holder: its own, else those of the configuration. */
function limitsOf(
  { configuration }: Pick<WorkspacesContext, 'configuration'>,
  holder: Holder,
  usage: UsageRow | undefined,
): Limits {
  const general = 'userId' in holder ? configuration.limits.user : configuration.limits.project;
  const hours = usage?.maxCoreHours ?? general.max_core_hours;
  return {
    activeJobs: usage?.maxConcurrentJobs ?? general.max_concurrent_jobs,
    coreHours: hours === undefined ? undefined : Math.round(hours * coreHourUnits),
    diskSpace: usage?.maxDiskSpace ?? general.max_disk_space,
  };
}

/** A text for each limit that a change would exceed. */
export const exceededLimits = (usages: readonly HolderUsage[], change: UsageChange): string[] =>
  usages.flatMap(({ holder, usage, limits }) =>
    limited.flatMap((counter) => {
      const [limit, more] = [limits[counter], change[counter] ?? 0];
      const used = usage?.[counter] ?? 0;
      if (limit === undefined || more <= 0 || used + more <= limit) return [];
      const owner = 'userId' in holder ? 'the user' : `project ${holder.projectNo}`;
      return [describe[counter](owner, used, more, limit)];
    }),
  );

const limited = ['activeJobs', 'coreHours', 'diskSpace'] as const;

const hours = (units: number) => (units / coreHourUnits).toFixed(2);

const describe: Record<(typeof limited)[number], (owner: string, used: number, more: number, limit: number) => string> =
  {
    activeJobs: (owner, used, _more, limit) =>
      `max_concurrent_jobs: ${owner} has ${used} active jobs, one more is above maximum of ${limit}.`,
    coreHours: (owner, used, more, limit) =>
      `max_core_hours: ${owner} has used or reserved ${hours(used)} core hours, ${hours(more)} more are above maximum of ${hours(limit)}.`,
    diskSpace: (owner, used, more, limit) =>
      `max_disk_space: ${owner} has used ${used} bytes, ${more} more are above maximum of ${limit}.`,
  };

/** The writes that count a change for each holder, refused where a limit would be exceeded. */
export const usageWrites = (
  { tables }: Pick<RemovalContext, 'tables'>,
  usages: readonly Pick<HolderUsage, 'holder' | 'limits'>[],
  change: UsageChange,
): Write[] => {
  const counters = Object.entries(change).filter(([, difference]) => difference !== 0);
  if (counters.length === 0) return [];
  return usages.map(({ holder, limits }) => {
    const bounds = limited.flatMap((counter) => {
      const [limit, more] = [limits[counter], change[counter] ?? 0];
      return limit === undefined || more <= 0 ? [] : [{ counter, bound: limit - more }];
    });
    return {
      Update: {
        TableName: tables.workspaces,
        Key: usageKey(holder),
        UpdateExpression: `ADD ${counters.map(([counter]) => `${counter} :${counter}`).join(', ')}`,
        ExpressionAttributeValues: Object.fromEntries([
          ...counters.map(([counter, difference]) => [`:${counter}`, difference]),
          ...bounds.map(({ counter, bound }) => [`:${counter}Bound`, bound]),
        ]),
        ...(bounds.length > 0 && {
          // A counter that is missing is 0.
          ConditionExpression: bounds
            .map(({ counter, bound }) =>
              bound >= 0
                ? `(attribute_not_exists(${counter}) OR ${counter} <= :${counter}Bound)`
                : `${counter} <= :${counter}Bound`,
            )
            .join(' AND '),
        }),
      },
    };
  });
};

/** Holders of a row, without limits: what is given back needs none. */
export const holdersOf = ({ userId, projectNo }: { userId: number; projectNo?: string | undefined }) => [
  { holder: { userId }, limits: {} },
  ...(projectNo === undefined ? [] : [{ holder: { projectNo }, limits: {} }]),
];
