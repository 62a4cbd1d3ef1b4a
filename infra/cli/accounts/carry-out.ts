import type { Operation } from '../command.ts';
import { confirm, type DecisionValues, decisionOf, printDecision } from '../decide/confirm.ts';
import type { OperatedGateway } from '../target/gateway.ts';

/**
 * Asks for confirmation, acts in the name of the operator, and prints the result. A password is printed on the terminal only.
 */
export async function carryOut(
  operation: Operation,
  values: DecisionValues,
  planned: readonly string[],
  act: (
    gateway: OperatedGateway,
    actor: { by: string },
  ) => Promise<{ completed: string[]; password?: string | undefined }>,
): Promise<0 | 1> {
  const agreed = await confirm(operation, values, planned);
  if (agreed !== true) return agreed;
  const gateway = await operation.gateway();
  const { completed, password } = await act(gateway, await decisionOf(gateway, values.reason));
  const lines = password === undefined || operation.json ? completed : [...completed, `Password: ${password}`];
  printDecision(operation, { outcome: 'done', planned, completed: lines, ...(password !== undefined && { password }) });
  return 0;
}
