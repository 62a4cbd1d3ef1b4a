import type { OperatorContext } from '../../../shared/decisions/context.ts';
import type { Choice, NamedDecision } from '../../../shared/operate/explain/choices.ts';
import { commandLine, placeholder } from '../command-line.ts';
import type { Target } from '../target/find-stack.ts';

/** Gateway to read from, and the target for the commands to paste. */
export interface ExplainContext {
  gateway: OperatorContext;
  where: Target;
}

const commands: Record<NamedDecision['decision'], readonly string[]> = {
  approve: ['approve'],
  retry: ['incidents', 'retry'],
  dismiss: ['incidents', 'dismiss'],
  requeue: ['messages', 'requeue'],
  'fetch-again': ['files', 'fetch-again'],
};

type ChoiceWithCommand = { command: string; planned: readonly string[] } | { name: string; why: string };

/** Choices for programs: the command to run, or the name of a decision that would be refused. */
export const choicesWithCommands = (
  { where }: Pick<ExplainContext, 'where'>,
  choices: readonly Choice[],
): ChoiceWithCommand[] =>
  choices.map((choice): ChoiceWithCommand => {
    const { decision, id, wholeDelivery } = choice;
    const command = commands[decision];
    if ('why' in choice) return { name: command.join(' '), why: choice.why };
    const words = [...command, ...(wholeDelivery ? ['--whole-delivery'] : []), '--reason', placeholder];
    return { command: commandLine(where, words, id), planned: choice.planned };
  });

/** Choices as lines. */
export function choiceLines(context: Pick<ExplainContext, 'where'>, choices: readonly Choice[]): string[] {
  if (choices.length === 0) return ['Nothing has to be done by a person.'];
  return choicesWithCommands(context, choices).flatMap((each) =>
    'command' in each
      ? [each.command, ...each.planned.map((line) => `    ${line}`)]
      : [`${each.name}: of no use. ${each.why}`],
  );
}
