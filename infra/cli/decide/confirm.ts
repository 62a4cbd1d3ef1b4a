import { userInfo } from 'node:os';
import { type AuditEntry, noteAction } from '../../../shared/decisions/audit.ts';
import { type Action, changedMeanwhile, commitAction, type Decision } from '../../../shared/decisions/context.ts';
import { readReason, reasonRule } from '../../../shared/decisions/reason.ts';
import { InvalidInputError, PermanentError } from '../../../shared/platform/errors.ts';
import { printable } from '../../terminal/render.ts';
import type { Operation } from '../command.ts';
import { jsonLine } from '../explain/safe-json.ts';
import type { OperatedGateway } from '../target/gateway.ts';

/** Options of every command that changes something. */
export const decisionOptions = {
  reason: {
    flags: '--reason <TEXT>',
    required: true,
    summary: 'reason, kept in the history with the name of the operator',
  },
  yes: { flags: '--yes', summary: 'do it without asking' },
  dryRun: { flags: '--dry-run', summary: 'print what would be done, and change nothing' },
} as const;

/** Values of those options. */
export interface DecisionValues {
  reason: string;
  yes?: boolean;
  dryRun?: boolean;
}

type Output = Pick<Operation, 'screen' | 'ask' | 'json'>;

/**
 * Checks the reason, and that somebody can agree, before a command reads anything.
 *
 * @throws InvalidInputError naming the option that is missing or wrong
 */
export function checkDecision({ ask, json }: Pick<Operation, 'ask' | 'json'>, values: DecisionValues): void {
  checkReason(values.reason);
  if (values.yes && values.dryRun) throw new InvalidInputError('--yes does it, --dry-run does not: give one of them');
  if (!values.yes && !values.dryRun && !ask) {
    const reason = json ? 'With --json nobody is asked' : 'There is no terminal to ask at';
    throw new InvalidInputError(`${reason}: give --yes, or --dry-run to see what would be done`);
  }
}

/**
 * Prints what will be done, and does it if the operator agrees.
 *
 * @returns the exit code: 1 if the operator did not agree
 * @throws InvalidInputError without a reason, or without anybody to agree
 * @throws PermanentError if the rows changed since they were read
 */
export async function decide(
  output: Output,
  gateway: OperatedGateway,
  values: DecisionValues,
  action: Action,
): Promise<0 | 1> {
  const agreed = await confirm(output, values, action.planned);
  if (agreed !== true) return agreed;
  const decision = await decisionOf(gateway, values.reason);
  if (!(await commitAction(gateway, action, decision))) throw tooLate();
  printDecision(output, { outcome: 'done', planned: action.planned, completed: action.completed });
  return 0;
}

const tooLate = () => new PermanentError(changedMeanwhile);

/** Course of a decision. Programs get it as one object, with details of the command. */
interface DecisionReport {
  outcome: 'done' | 'dry-run' | 'declined' | 'nothing-to-do';
  /** Sentences about what will be done, as shown before asking. */
  planned: readonly string[];
  /** Sentences about what was done. */
  completed: readonly string[];
}

/** Prints how a decision ended: an object for programs; for people the sentences that `confirm` has not printed. */
export function printDecision({ screen, json }: Output, report: DecisionReport & Record<string, unknown>): void {
  if (json) screen.print(jsonLine(report));
  else for (const line of report.completed) screen.print(printable(line));
}

/**
 * Prints what will be done, and asks.
 *
 * @param details for programs, if it ends here
 * @returns true to go on, else the exit code of the command
 */
export async function confirm(
  output: Output,
  values: DecisionValues,
  planned: readonly string[],
  details: Record<string, unknown> = {},
): Promise<true | 0 | 1> {
  checkDecision(output, values);
  const { screen, ask, json } = output;
  if (!json) for (const line of planned) screen.print(printable(line));
  if (values.dryRun) {
    printDecision(output, { outcome: 'dry-run', planned, completed: ['Nothing was changed: --dry-run.'], ...details });
    return 0;
  }
  if (values.yes || (await ask?.('Do it?'))) return true;
  printDecision(output, { outcome: 'declined', planned, completed: ['Nothing was changed.'], ...details });
  return 1;
}

/**
 * Records in the history an act of an operator that changes no row of a table.
 *
 * @throws PermanentError if the subject's history changed meanwhile
 */
export async function recordAudit(gateway: OperatedGateway, reason: string, entry: AuditEntry): Promise<void> {
  const action = noteAction(gateway, entry);
  if (!(await commitAction(gateway, action, await decisionOf(gateway, reason)))) throw tooLate();
}

/** Operator and reason, as the history keeps them. */
export const decisionOf = async (gateway: OperatedGateway, reason: string): Promise<Decision> => ({
  by: await operatorName(gateway),
  reason: checkReason(reason),
});

function checkReason(text: string): string {
  const reason = readReason(text);
  if (reason === undefined) throw new InvalidInputError(`--reason: ${reasonRule}`);
  return reason;
}

/** The operator's name on this machine; on AWS with the access key, whose owner AWS knows. */
export async function operatorName(gateway: Pick<OperatedGateway, 'accessKey'>): Promise<string> {
  const { username } = userInfo();
  const key = await gateway.accessKey();
  return key === undefined ? username : `${username} (AWS access key ${key})`;
}
