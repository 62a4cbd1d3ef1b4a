import { planApproval } from '../../../shared/decisions/approve.ts';
import type { Action } from '../../../shared/decisions/context.ts';
import { planDismissal } from '../../../shared/decisions/dismiss.ts';
import { planRequeue } from '../../../shared/decisions/requeue.ts';
import { planRetry } from '../../../shared/decisions/retry.ts';
import type { MessageRecord } from '../../../shared/messages/record.ts';
import { type IncidentRow, isOpen } from '../../../shared/operations/incidents.ts';
import { PermanentError } from '../../../shared/platform/errors.ts';
import { commandLine, placeholder } from '../command-line.ts';
import type { Target } from '../target/find-stack.ts';
import type { OperatedGateway } from '../target/gateway.ts';

/** A decision that an operator can make, or can't. */
export type Choice =
  | { command: string; planned: readonly string[] }
  /** Reason why the decision would be refused. */
  | { name: string; why: string };

/** Gateway to read from, and the target for the commands to paste. */
export interface ExplainContext {
  gateway: OperatedGateway;
  where: Target;
}

/** Decisions about an incident, each with its effect as the tables are now. */
export async function choicesOfIncident(context: ExplainContext, incident: IncidentRow): Promise<Choice[]> {
  const { gateway } = context;
  if (!isOpen(incident)) return [];
  const { incidentId, kind, subject } = incident;
  const first =
    kind === 'needs-approval'
      ? await choice(context, ['approve'], subject, () => planApproval(gateway, subject))
      : await choice(context, ['incidents', 'retry'], incidentId, () => planRetry(gateway, incident));
  return [first, await dismissal(context, incident)];
}

/** A delivery whose files failed can only be dismissed as a whole. */
async function dismissal(context: ExplainContext, incident: IncidentRow): Promise<Choice> {
  const { gateway } = context;
  const dismiss = (whole: boolean, ...options: string[]) =>
    choice(context, ['incidents', 'dismiss', ...options], incident.incidentId, () =>
      planDismissal(gateway, incident, whole),
    );
  const alone = await dismiss(false);
  return 'command' in alone ? alone : dismiss(true, '--whole-delivery');
}

/** Decisions about a message beside those about its incidents. */
export async function choicesOfMessage(context: ExplainContext, record: MessageRecord): Promise<Choice[]> {
  const requeue = await choice(context, ['messages', 'requeue'], record.messageId, () =>
    planRequeue(context.gateway, record.messageId),
  );
  return 'command' in requeue ? [requeue] : [];
}

async function choice(
  { where }: ExplainContext,
  command: readonly string[],
  id: string,
  plan: () => Promise<Action>,
): Promise<Choice> {
  try {
    const { planned } = await plan();
    return { command: commandLine(where, [...command, '--reason', placeholder], id), planned };
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    return { name: command.filter((word) => !word.startsWith('--')).join(' '), why: error.message };
  }
}

/** Choices as lines. */
export function choiceLines(choices: readonly Choice[]): string[] {
  if (choices.length === 0) return ['Nothing has to be done by a person.'];
  return choices.flatMap((each) =>
    'command' in each
      ? [each.command, ...each.planned.map((line) => `    ${line}`)]
      : [`${each.name}: of no use. ${each.why}`],
  );
}
