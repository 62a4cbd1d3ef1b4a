import { readPortalHealth, recordPortalHealth } from '../../operations/portal-health.ts';
import { describeError } from '../../platform/errors.ts';
import { PortalError, PortalUnauthorizedError } from '../../portal/errors.ts';
import { isLeftAlone, type PortalHealth, type PortalOutcome } from '../../portal/health.ts';
import type { MessageContext } from '../context.ts';
import type { Ingestion } from './ingest.ts';
import { whileHolding } from './lease.ts';

/** Share of the poll's time that the portal's list may take; what is left dispatches and marks. */
const shareOfList = 0.6;

interface FetchedList {
  /** Whether the list came to its end. */
  complete: boolean;
  /** What the poll is to fail with. */
  failure?: Error | undefined;
  portal: PortalHealth['state'];
}

/**
 * Takes the portal's list in, unless the portal gave no answer lately and is left alone for a while.
 * An outage is told by its incident, and is no failure of each poll that meets it.
 *
 * @param poll number of the poll
 * @param deadline when the poll has to be done, in milliseconds since 1970
 */
export async function fetchList(
  context: MessageContext,
  poll: number,
  intake: Ingestion,
  deadline: number,
): Promise<FetchedList> {
  const { db, clock, portal, tables, settings } = context;
  const at = clock.now();
  const before = await readPortalHealth(db, tables.control);
  // With another key than the refused one it is asked at once: the guard of the key knows.
  if (isLeftAlone(before, at, settings.pollSeconds) && before.state !== 'unauthorized')
    return { complete: false, portal: before.state };
  const signal = clock.timeout((deadline - at) * shareOfList);
  const failure = await failureOf(intake.takeAll(portal.listMessages(signal)));
  const outcome = outcomeOf(failure, intake.listed.size);
  if (!outcome) return { complete: false, failure, portal: before.state };
  const holding = whileHolding(context, poll);
  const { state } = await recordPortalHealth(context, holding, before, outcome, describeError(failure), at);
  const told = outcome.kind !== 'answered' && state !== 'reachable';
  return { complete: !failure, failure: told ? undefined : failure, portal: state };
}

/** What a list tells of the portal: one that ends early is an answer, and what fails on our side tells nothing. */
function outcomeOf(failure: Error | undefined, listed: number): PortalOutcome | undefined {
  if (!failure || (failure instanceof PortalError && listed > 0)) return { kind: 'answered' };
  if (failure instanceof PortalUnauthorizedError) return { kind: 'unauthorized', keyVersion: failure.keyVersion };
  return failure instanceof PortalError ? { kind: 'failed' } : undefined;
}

/** What a step fails with, if it does: the others are done all the same. */
export const failureOf = (step: Promise<void>): Promise<Error | undefined> =>
  step.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(describeError(error))),
  );
