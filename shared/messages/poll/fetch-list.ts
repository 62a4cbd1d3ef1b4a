import { readPortalHealth, recordPortalHealth } from '../../operations/portal-health.ts';
import { describeError } from '../../platform/errors.ts';
import { PortalError, PortalUnauthorizedError } from '../../portal/errors.ts';
import { isLeftAlone, type PortalHealth, type PortalOutcome } from '../../portal/outage-rules.ts';
import type { MessageContext } from '../context.ts';
import type { Ingestion } from './ingest.ts';
import { whileHolding } from './lease.ts';

/** Share of the poll's time for fetching the portal's list. The rest is for dispatching and marking. */
const shareOfList = 0.6;

interface FetchedList {
  /** Whether the list was received to its end. */
  complete: boolean;
  /** The error with which the poll has to fail. */
  failure?: Error | undefined;
  portal: PortalHealth['state'];
}

/**
 * Fetches and ingests the portal's list, unless the portal gave no answer recently and a backoff applies. An outage is reported
 * by its incident and does not fail every poll.
 *
 * @param poll number of the poll
 * @param deadline when the poll has to end, in milliseconds since 1970
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
  // After a refused API key the list is fetched at once: the guard of the key refuses the call unless the key has changed.
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

/** The portal's health according to the list. A list that ends early is still an answer; a failure on our side gives no outcome. */
function outcomeOf(failure: Error | undefined, listed: number): PortalOutcome | undefined {
  if (!failure || (failure instanceof PortalError && listed > 0)) return { kind: 'answered' };
  if (failure instanceof PortalUnauthorizedError) return { kind: 'unauthorized', keyVersion: failure.keyVersion };
  return failure instanceof PortalError ? { kind: 'failed' } : undefined;
}

/** The error of a step, if it fails, so that the other steps still run. */
export const failureOf = (step: Promise<void>): Promise<Error | undefined> =>
  step.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(describeError(error))),
  );
