import { userInfo } from 'node:os';
import { type Action, carryOutAction } from '../../shared/operations/desk.ts';
import { InvalidInputError, PermanentError } from '../../shared/platform/errors.ts';
import { printable } from '../local/start/render.ts';
import type { Operation } from './command.ts';
import type { Gateway } from './gateway.ts';

/** The options of every command that changes something. */
export const deciding = {
  reason: { type: 'string', value: 'TEXT', required: true, summary: 'why; it is kept in the history, with who did it' },
  yes: { type: 'boolean', summary: 'does it without asking' },
  'dry-run': { type: 'boolean', summary: 'says what it would do, and changes nothing' },
} as const;

interface Deciding {
  reason: string;
  yes?: boolean;
  'dry-run'?: boolean;
}

const longestReason = 500;

/**
 * Says what is to be done, and does it when the operator agrees.
 *
 * @returns 0; 1 when the operator did not agree, or somebody else was faster
 * @throws InvalidInputError when there is no reason, or nobody to agree
 */
export async function decide(
  operation: Pick<Operation, 'screen' | 'ask'>,
  gateway: Gateway,
  values: Deciding,
  action: Action,
): Promise<0 | 1> {
  const { screen } = operation;
  const decision = { by: await whoDecides(gateway), reason: readReason(values.reason) };
  const agreed = await agree(operation, values, action.says);
  if (agreed !== true) return agreed;
  if (!(await carryOutAction(gateway, action, decision))) throw tooLate();
  screen.print('Done.');
  return 0;
}

export const tooLate = () =>
  new PermanentError('Somebody, or the gateway, changed it at this moment. Look again, and decide anew');

/** @returns whether to do it, or else how the command ends */
export async function agree(
  { screen, ask }: Pick<Operation, 'screen' | 'ask'>,
  { yes = false, 'dry-run': dryRun = false }: Omit<Deciding, 'reason'>,
  says: readonly string[],
): Promise<true | 0 | 1> {
  for (const line of says) screen.print(printable(line));
  if (dryRun) {
    screen.print('Nothing was changed: --dry-run.');
    return 0;
  }
  if (yes) return true;
  if (!ask) throw new InvalidInputError('There is no terminal to ask at: give --yes');
  if (await ask('Do it?')) return true;
  screen.print('Nothing was changed.');
  return 1;
}

export function readReason(text: string): string {
  const reason = text.trim();
  if (reason === '' || reason.length > longestReason) {
    throw new InvalidInputError(`--reason: must be 1 to ${longestReason} characters`);
  }
  return reason.toWellFormed();
}

/** The operator's name on this machine; on AWS also the key that AWS knows the owner of. */
export async function whoDecides(gateway: Pick<Gateway, 'accessKey'>): Promise<string> {
  const { username } = userInfo();
  const key = await gateway.accessKey();
  return key === undefined ? username : `${username} (AWS access key ${key})`;
}
