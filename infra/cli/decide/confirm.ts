import { userInfo } from 'node:os';
import { type AuditEntry, auditWrites } from '../../../shared/decisions/audit.ts';
import { type Action, commitAction, type Decision } from '../../../shared/decisions/context.ts';
import { InvalidInputError, PermanentError } from '../../../shared/platform/errors.ts';
import { printable } from '../../terminal/render.ts';
import type { Operation } from '../command.ts';
import type { Gateway } from '../target/gateway.ts';

/** The options of every command that changes something. */
export const deciding = {
  reason: {
    type: 'string',
    value: 'TEXT',
    required: true,
    summary: 'the reason; it is kept in the history, with the name of who gave it',
  },
  yes: { type: 'boolean', summary: 'does it without asking' },
  'dry-run': { type: 'boolean', summary: 'says what it would do, and changes nothing' },
} as const;

/** The values of those options. */
export interface Deciding {
  reason: string;
  yes?: boolean;
  'dry-run'?: boolean;
}

const longestReason = 500;

/**
 * Checks, before a command looks at anything, that there is a reason and somebody to agree.
 *
 * @throws InvalidInputError when there is not
 */
export function checkDeciding({ ask }: Pick<Operation, 'ask'>, values: Deciding): void {
  readReason(values.reason);
  if (values.yes && values['dry-run'])
    throw new InvalidInputError('--yes does it, --dry-run does not: give one of them');
  if (!values.yes && !values['dry-run'] && !ask) {
    throw new InvalidInputError('There is no terminal to ask at: give --yes, or --dry-run to see what would be done');
  }
}

/**
 * Says what will be done, and does it when the operator agrees.
 *
 * @returns 0; 1 when the operator did not agree
 * @throws InvalidInputError when there is no reason, or nobody to agree
 * @throws PermanentError when somebody else was faster
 */
export async function decide(
  operation: Pick<Operation, 'screen' | 'ask'>,
  gateway: Gateway,
  values: Deciding,
  action: Action,
): Promise<0 | 1> {
  const agreed = await agree(operation, values, action.will);
  if (agreed !== true) return agreed;
  const decision = await decisionOf(gateway, values.reason);
  if (!(await commitAction(gateway, action, decision))) throw tooLate();
  for (const line of action.did) operation.screen.print(printable(line));
  return 0;
}

const tooLate = () =>
  new PermanentError('Somebody, or the gateway, changed it at this moment. Look again, and decide anew');

/** @returns whether to do it, or else how the command ends */
export async function agree(
  operation: Pick<Operation, 'screen' | 'ask'>,
  values: Deciding,
  will: readonly string[],
): Promise<true | 0 | 1> {
  checkDeciding(operation, values);
  const { screen, ask } = operation;
  for (const line of will) screen.print(printable(line));
  if (values['dry-run']) {
    screen.print('Nothing was changed: --dry-run.');
    return 0;
  }
  if (values.yes || (await ask?.('Do it?'))) return true;
  screen.print('Nothing was changed.');
  return 1;
}

/**
 * Notes in the history what the operator does that changes no row of a table.
 *
 * @throws PermanentError when the subject's history went on at this moment
 */
export async function noteDeed(gateway: Gateway, reason: string, deed: AuditEntry): Promise<void> {
  const decision = await decisionOf(gateway, reason);
  const transactions = async () => [await auditWrites(gateway, deed, decision)];
  if (!(await commitAction(gateway, { will: [], did: [], transactions }, decision))) throw tooLate();
}

/** Who decides, and why, as the history keeps it. */
export const decisionOf = async (gateway: Gateway, reason: string): Promise<Decision> => ({
  by: await whoDecides(gateway),
  reason: readReason(reason),
});

function readReason(text: string): string {
  const reason = text.trim();
  if (!/[\p{L}\p{N}]/u.test(reason) || reason.length > longestReason) {
    throw new InvalidInputError(`--reason: must be words, 1 to ${longestReason} characters`);
  }
  return reason.toWellFormed();
}

/** The operator's name on this machine; on AWS also the key that AWS knows the owner of. */
async function whoDecides(gateway: Pick<Gateway, 'accessKey'>): Promise<string> {
  const { username } = userInfo();
  const key = await gateway.accessKey();
  return key === undefined ? username : `${username} (AWS access key ${key})`;
}
