import { planApproval } from '../../decisions/approve.ts';
import type { Action, OperatorContext } from '../../decisions/context.ts';
import { planDismissal } from '../../decisions/dismiss.ts';
import { planFetchAgain } from '../../decisions/fetch-again.ts';
import { planRequeue } from '../../decisions/requeue.ts';
import { planRetry } from '../../decisions/retry.ts';
import { readMessage } from '../../messages/read.ts';
import type { MessageRecord } from '../../messages/record.ts';
import { noTextIfGone, readMessageData } from '../../messages/stored-text.ts';
import { type IncidentRow, isOpen } from '../../operations/incidents.ts';
import { PermanentError } from '../../platform/errors.ts';

export const decisionNames = ['approve', 'retry', 'dismiss', 'requeue', 'fetch-again'] as const;

/** A decision about a message, an incident or a file. */
export interface NamedDecision {
  decision: (typeof decisionNames)[number];
  /** Id of the message, incident or file. */
  id: string;
  /** Whether a delivery is dismissed with all its failed files. */
  wholeDelivery?: true;
}

/** A decision that an operator can make, with its effect as the tables are now, or one that would be refused, and why. */
export type Choice = NamedDecision & ({ planned: readonly string[] } | { why: string });

/** Most incidents whose decisions are planned. */
const maxIncidents = 10;

/** Decisions about several incidents, each decision once. */
export async function choicesOfIncidents(
  operator: OperatorContext,
  incidents: readonly IncidentRow[],
): Promise<Choice[]> {
  const shown = incidents.slice(0, maxIncidents);
  const choices = await Promise.all(shown.map((incident) => choicesOfIncident(operator, incident)));
  return [...new Map(choices.flat().map((each) => [`${each.decision} ${each.id}`, each])).values()];
}

/** Decisions about an incident, each with its effect as the tables are now. */
export async function choicesOfIncident(operator: OperatorContext, incident: IncidentRow): Promise<Choice[]> {
  if (!isOpen(incident)) return [];
  const { incidentId, kind, subject } = incident;
  const first =
    kind === 'needs-approval'
      ? await choice({ decision: 'approve', id: subject }, () => planApproval(operator, subject))
      : await choice({ decision: 'retry', id: incidentId }, () => planRetry(operator, incident));
  const remedy = kind === 'file-damaged' ? await fetching(operator, incident) : [];
  return [...remedy, first, await dismissal(operator, incident)];
}

/** The remedy for a damaged file, as long as the return that found it is still known. */
async function fetching(operator: OperatorContext, { subject }: IncidentRow): Promise<Choice[]> {
  const record = await readMessage(operator, subject);
  const data = record && (await readMessageData(operator, record, 'ReturnDataFile').catch(noTextIfGone));
  if (!data) return [];
  const { fileId } = data;
  return [await choice({ decision: 'fetch-again', id: fileId }, () => planFetchAgain(operator, fileId))];
}

/** A delivery whose files failed can only be dismissed as a whole. */
async function dismissal(operator: OperatorContext, incident: IncidentRow): Promise<Choice> {
  const named: NamedDecision = { decision: 'dismiss', id: incident.incidentId };
  const alone = await choice(named, () => planDismissal(operator, incident, false));
  if ('planned' in alone) return alone;
  return choice({ ...named, wholeDelivery: true }, () => planDismissal(operator, incident, true));
}

/** Decisions about a message beside those about its incidents. */
export async function choicesOfMessage(operator: OperatorContext, { messageId }: MessageRecord): Promise<Choice[]> {
  const requeue = await choice({ decision: 'requeue', id: messageId }, () => planRequeue(operator, messageId));
  return 'planned' in requeue ? [requeue] : [];
}

async function choice(named: NamedDecision, plan: () => Promise<Action>): Promise<Choice> {
  try {
    const { planned } = await plan();
    return { ...named, planned };
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    return { ...named, why: error.message };
  }
}
