import { batchGet } from '../platform/dynamodb.ts';
import type { Write } from '../platform/transaction.ts';
import type { WorkspacesConfiguration } from './configuration.ts';
import type { WorkspacesContext } from './context.ts';
import { resourceKey } from './keys.ts';
import type { JobRow, ResourceRow } from './rows.ts';

/** Jobs that have not ended, by the keys of resources; of those alone that say how many they take. */
export type ResourceLoad = Readonly<Record<string, number>>;

type Configuration = Pick<WorkspacesConfiguration, 'available_resources'>;

/** Whether the jobs of a resource are counted. A job that was counted says so itself, as the configuration may change. */
export const isCounted = ({ available_resources: all }: Configuration, resource: string): boolean =>
  all[resource]?.capabilities.max_concurrent_jobs !== undefined;

/** Reads how many jobs resources have. */
export async function readLoad({
  db,
  clock,
  tables,
  configuration,
}: Pick<WorkspacesContext, 'db' | 'clock' | 'tables' | 'configuration'>): Promise<ResourceLoad> {
  const counted = Object.keys(configuration.available_resources).filter((key) => isCounted(configuration, key));
  if (counted.length === 0) return {};
  const rows = await batchGet<ResourceRow>(db, clock, tables.workspaces, counted.map(resourceKey));
  return Object.fromEntries(rows.map(({ resource, activeJobs }) => [resource, activeJobs]));
}

/** The write that counts a job at its resource, or gives it back; none for a job that is not counted. */
export function loadWrites(
  { tables }: Pick<WorkspacesContext, 'tables'>,
  { resource, countedAtResource }: Pick<JobRow, 'resource' | 'countedAtResource'>,
  difference: 1 | -1,
): Write[] {
  if (!countedAtResource) return [];
  return [
    {
      Update: {
        TableName: tables.workspaces,
        Key: resourceKey(resource),
        UpdateExpression: 'SET #resource = :resource ADD activeJobs :difference',
        ExpressionAttributeNames: { '#resource': 'resource' },
        ExpressionAttributeValues: { ':resource': resource, ':difference': difference },
      },
    },
  ];
}
