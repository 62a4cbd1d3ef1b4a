import { planApproval } from '../../shared/decisions/approve.ts';
import type { OperatorContext } from '../../shared/decisions/context.ts';
import { type Action, commitAction } from '../../shared/decisions/context.ts';
import { planDismissal } from '../../shared/decisions/dismiss.ts';
import { planFetchAgain } from '../../shared/decisions/fetch-again.ts';
import { planPause, planResume } from '../../shared/decisions/pause.ts';
import { planRetry } from '../../shared/decisions/retry.ts';
import { readMessage } from '../../shared/messages/read.ts';
import { readMessageData } from '../../shared/messages/stored-text.ts';
import { type IncidentRow, isOpen } from '../../shared/operations/incidents.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { PermanentError } from '../../shared/platform/errors.ts';
import { isEnabled } from './kinds.ts';

const decision = { by: 'an operator', reason: 'simulated' };

/** Something that an operator sits down to do. */
export type Deed = (desk: OperatorContext) => Promise<void>;

/**
 * Approves what waits for approval, retries what failed, and dismisses what fits nowhere.
 *
 * @param isBrisk whether what failed is dismissed, too
 * @param isHopeful whether what did not fit is tried again once
 */
export const settleIncidents =
  (isBrisk: boolean, isHopeful: boolean): Deed =>
  async (desk) => {
    for await (const incident of scan<IncidentRow>(desk.db, desk.tables.incidents)) {
      if (isOpen(incident)) await carryOut(desk, () => plan(desk, incident, isBrisk, isHopeful));
    }
  };

export const pause: Deed = (desk) => carryOut(desk, () => planPause(desk));

export const resume: Deed = (desk) => carryOut(desk, () => planResume(desk));

function plan(desk: OperatorContext, incident: IncidentRow, isBrisk: boolean, isHopeful: boolean): Promise<Action> {
  const { kind, messageId } = incident;
  if (kind === 'needs-approval') return planApproval(desk, messageId ?? '');
  // Its wording decides which of both it is, and no list has the same wording twice.
  if (
    kind === 'message-id-reused' &&
    isEnabled('reused ids') &&
    incident.subject.charCodeAt(incident.subject.length - 1) % 2 === 0
  )
    return planRetry(desk, incident);
  if (kind === 'file-damaged' && !isBrisk) return fetchAgain(desk, incident);
  const hasFailed = kind === 'attempts-used-up' || kind === 'file-failed';
  if (hasFailed && !isBrisk) return planRetry(desk, incident);
  // It may fit by now; when nothing is held for it, or it does not, it is dismissed.
  if (kind === 'mismatch' && incident.count === 1 && isHopeful) {
    return planRetry(desk, incident).catch((error) => {
      if (!(error instanceof PermanentError)) throw error;
      return planDismissal(desk, incident, true);
    });
  }
  return planDismissal(desk, incident, true);
}

/** A return that a deletion has made moot meanwhile waits for no file. */
async function fetchAgain(desk: OperatorContext, incident: IncidentRow): Promise<Action> {
  const { messageId = '' } = incident;
  const record = await readMessage(desk, messageId);
  if (record?.type !== 'ReturnDataFile') throw new PermanentError(`${messageId} is no return`);
  if (record.state !== 'held') return planDismissal(desk, incident, true);
  return planFetchAgain(desk, (await readMessageData(desk, record, 'ReturnDataFile')).fileId);
}

/** Decisions that are refused in the current state are skipped. */
async function carryOut(desk: OperatorContext, make: () => Promise<Action>): Promise<void> {
  try {
    await commitAction(desk, await make(), decision);
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
  }
}
