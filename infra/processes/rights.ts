import { organizationIndex } from '../../shared/accounts/organization.ts';
import type { Platform } from '../constructs/platform.ts';
import type { ResourceAccess } from '../constructs/rights.ts';

/** Access for changing processes. */
export const processAccess = (platform: Platform): ResourceAccess[] => {
  const { tables, historyAccess } = platform;
  return [
    platform.processTables,
    tables.processes.access(
      ...(['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'] as const),
    ),
    tables.accounts.access('GetItem'),
    tables.accounts.indexAccess(organizationIndex.indexName),
    historyAccess('Query'),
  ];
};

/** Access for adopting the drafts of a visitor. */
export const draftAccess = (platform: Platform): ResourceAccess[] => [
  platform.processTables,
  platform.tables.processes.access('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'),
  platform.historyAccess(),
];
