import { scan } from '../../platform/dynamodb.ts';
import type { Portal } from '../../portal/client.ts';
import type { ProjectRow } from '../../projects/project.ts';
import {
  type ComparedGateway,
  comparePortal,
  compareProject,
  compareTransfer,
  type FoundDifference,
  transferEntries,
} from './comparisons.ts';

/** How far a comparison is: the portal's list comes first, then transfers, then projects. */
export type ComparisonProgress = { part: 'portal' } | { part: 'transfers' | 'projects'; after: string };

/** A step of a comparison, which may find nothing. */
export interface ComparisonStep {
  found: FoundDifference | undefined;
  progress: ComparisonProgress;
}

/**
 * Compares the tables with the portal's list and with S3, step by step.
 *
 * @param portal is asked for its list once
 * @param after how far an earlier comparison came
 */
export async function* compareAll(
  gateway: ComparedGateway,
  portal: Pick<Portal, 'listMessages'>,
  after?: ComparisonProgress,
): AsyncGenerator<ComparisonStep> {
  if (!after) {
    const progress = { part: 'portal' } as const;
    const found = await comparePortal(gateway, portal);
    for (const each of found) yield { found: each, progress };
    yield { found: undefined, progress };
  }
  if (after?.part !== 'projects') {
    for await (const entry of transferEntries(gateway, after?.part === 'transfers' ? after.after : undefined)) {
      const found = await compareTransfer(gateway, entry);
      yield { found, progress: { part: 'transfers', after: entry.position } };
    }
  }
  const start = after?.part === 'projects' ? { projectNo: after.after } : undefined;
  for await (const { projectNo } of scan<ProjectRow>(gateway.db, gateway.tables.projects, start)) {
    const progress = { part: 'projects', after: projectNo } as const;
    for await (const found of compareProject(gateway, projectNo)) yield { found, progress };
    yield { found: undefined, progress };
  }
}
