import { ConfigurationError, describeError, GatewayError, InvalidInputError } from '../../shared/platform/errors.ts';
import { printable } from '../terminal/render.ts';
import type { Screen } from '../terminal/screen.ts';
import type { Operation } from './command.ts';
import { usualStack } from './command-line.ts';
import { commands } from './commands.ts';
import { findPortal } from './target/find-portal.ts';
import { findResources } from './target/find-stack.ts';
import { openGateway } from './target/gateway.ts';
import { readOrder } from './usage.ts';

/** What the command line has around it. */
export interface Terminal extends Pick<Operation, 'ask'> {
  screen: Screen;
  /** Takes what went wrong, in a line. */
  complain(line: string): void;
  variables: NodeJS.ProcessEnv;
}

/**
 * Carries out a command line.
 *
 * @returns the exit code: 0 done, 1 it could not be done or something is wrong, 2 wrong usage or settings
 */
export async function operate(args: readonly string[], surroundings: Terminal): Promise<number> {
  try {
    return await runCommand(args, surroundings);
  } catch (error) {
    surroundings.complain(error instanceof GatewayError ? error.message : describeError(error));
    return error instanceof InvalidInputError || error instanceof ConfigurationError ? 2 : 1;
  }
}

async function runCommand(args: readonly string[], { screen, variables, ask }: Terminal): Promise<number> {
  const order = readOrder(commands, args);
  if ('help' in order) {
    screen.print(order.help);
    return 0;
  }
  const { command, values, given } = order;
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined);
  const [dataDirectory, stack] = [text('data-dir'), text('stack')];
  const where = { dataDirectory, stack: stack ?? usualStack, isNamed: (dataDirectory ?? stack) !== undefined };
  const operation = {
    where,
    screen,
    ...(ask ? { ask } : {}),
    portal: () => findPortal(where, variables),
    gateway: async () => openGateway(await findResources(where)),
  };
  try {
    return await command.run(operation, values, ...given);
  } catch (error) {
    if (dataDirectory === undefined || !isRefused(error)) throw error;
    throw new ConfigurationError(`No gateway runs in ${printable(dataDirectory)} now: nobody listens where it was`, {
      cause: error,
    });
  }
}

/** Whether a service was not there: it leaves with its gateway, and where it was stays noted in the data directory. */
function isRefused(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isRefused);
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
}
