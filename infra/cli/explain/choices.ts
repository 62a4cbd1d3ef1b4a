import type { Action } from '../../../shared/decisions/context.ts';
import { planDismissal } from '../../../shared/decisions/dismiss.ts';
import { planRelease } from '../../../shared/decisions/release.ts';
import { planRequeue } from '../../../shared/decisions/requeue.ts';
import { planRetry } from '../../../shared/decisions/retry.ts';
import type { MessageRecord } from '../../../shared/messages/record.ts';
import { type IncidentRow, isOpen } from '../../../shared/operations/incidents.ts';
import { PermanentError } from '../../../shared/platform/errors.ts';
import { commandLine, placeholder } from '../command-line.ts';
import type { Target } from '../target/find-stack.ts';
import type { Gateway } from '../target/gateway.ts';

/** Something that an operator can do, or can't. */
export type Choice =
  | { command: string; will: readonly string[] }
  /** Why it would be of no use. */
  | { name: string; why: string };

/** Where choices are looked for, and the gateway that their commands are about. */
export interface Looking {
  gateway: Gateway;
  where: Target;
}

/** What can be done about an incident, each with what it would do as the tables are now. */
export async function choicesOfIncident(looking: Looking, incident: IncidentRow): Promise<Choice[]> {
  const { gateway } = looking;
  if (!isOpen(incident)) return [];
  const { incidentId, kind, subject } = incident;
  const first =
    kind === 'needs-approval'
      ? await choice(looking, ['release'], subject, () => planRelease(gateway, subject))
      : await choice(looking, ['incidents', 'retry'], incidentId, () => planRetry(gateway, incident));
  return [first, await dismissal(looking, incident)];
}

/** A delivery whose files failed can only be dismissed as a whole. */
async function dismissal(looking: Looking, incident: IncidentRow): Promise<Choice> {
  const { gateway } = looking;
  const dismiss = (whole: boolean, ...options: string[]) =>
    choice(looking, ['incidents', 'dismiss', ...options], incident.incidentId, () =>
      planDismissal(gateway, incident, whole),
    );
  const alone = await dismiss(false);
  return 'command' in alone ? alone : dismiss(true, '--whole-delivery');
}

/** What can be done about a message beside what its incidents offer. */
export async function choicesOfMessage(looking: Looking, record: MessageRecord): Promise<Choice[]> {
  const requeue = await choice(looking, ['messages', 'requeue'], record.messageId, () =>
    planRequeue(looking.gateway, record.messageId),
  );
  return 'command' in requeue ? [requeue] : [];
}

async function choice(
  { where }: Looking,
  command: readonly string[],
  id: string,
  plan: () => Promise<Action>,
): Promise<Choice> {
  try {
    const { will } = await plan();
    return { command: commandLine(where, [...command, '--reason', placeholder], id), will };
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
      ? [each.command, ...each.will.map((line) => `    ${line}`)]
      : [`${each.name}: of no use. ${each.why}`],
  );
}
