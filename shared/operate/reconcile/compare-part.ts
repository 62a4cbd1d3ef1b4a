import { isDeepStrictEqual } from 'node:util';
import { foldId } from '../../portal/id.ts';
import type { ComparingContext } from '../context.ts';
import { type ComparisonProgress, compareAll } from './compare-all.ts';
import { compareProject, type FoundDifference } from './comparisons.ts';

/** Milliseconds after which no further step of a part begins: a request has 25 s. */
const longest = 8_000;

/** Differences after which no further step of a part begins. */
const mostFound = 200;

/** A part of a comparison. */
export interface ComparedPart {
  found: FoundDifference[];
  /** Where the next part begins; absent when all was compared. */
  next?: ComparisonProgress;
}

/**
 * Compares a part: what a request has time for.
 *
 * @param scope `project`: its files alone, in one part; `after`: `next` of the part before
 * @throws PortalError when the portal gives no list
 */
export async function comparePart(
  context: ComparingContext,
  { project, after }: { project?: string | undefined; after?: ComparisonProgress | undefined },
): Promise<ComparedPart> {
  if (project !== undefined) return { found: await Array.fromAsync(compareProject(context, foldId(project))) };
  const begun = context.clock.now();
  const found: FoundDifference[] = [];
  let last = after;
  for await (const step of compareAll(context, context.portal, last)) {
    const isOver = context.clock.now() - begun > longest || found.length >= mostFound;
    // Differences of a step are not taken apart: the next part begins behind it.
    if (isOver && last && !isDeepStrictEqual(last, step.progress)) return { found, next: last };
    if (step.found) found.push(step.found);
    last = step.progress;
  }
  return { found };
}
