import { ConfigurationError, describeError, GatewayError, InvalidInputError } from '../../shared/platform/errors.ts';
import { printable, printableLines } from '../terminal/render.ts';
import type { Screen } from '../terminal/screen.ts';
import type { Operation } from './command.ts';
import { defaultStack } from './command-line.ts';
import { jsonLine } from './explain/safe-json.ts';
import { allCommands, readCommandLine } from './program.ts';
import { findPortal } from './target/find-portal.ts';
import { findResources } from './target/find-stack.ts';
import { openGateway } from './target/gateway.ts';

/** Surroundings of the command line. */
export interface Terminal extends Pick<Operation, 'ask'> {
  screen: Screen;
  /** Prints an error on standard error. */
  printError(text: string): void;
  variables: NodeJS.ProcessEnv;
}

/**
 * Runs a command line.
 *
 * @returns the exit code: 0 done, 1 not done or something is not as it should be, 2 wrong usage or settings
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await runCommand(args, terminal);
  } catch (error) {
    const text = error instanceof GatewayError ? error.message : describeError(error);
    const exitCode = error instanceof InvalidInputError || error instanceof ConfigurationError ? 2 : 1;
    terminal.printError(asksForJson(args) ? jsonLine({ error: text, exitCode }) : printableLines(text));
    return exitCode;
  }
}

/** Whether the command line has `--json`, also if it can't be parsed. */
const asksForJson = (args: readonly string[]): boolean =>
  args.slice(0, args.includes('--') ? args.indexOf('--') : undefined).includes('--json');

async function runCommand(args: readonly string[], { screen, variables, ask }: Terminal): Promise<number> {
  const bold = screen.style('bold', 'x') === 'x' ? undefined : (text: string) => screen.style('bold', text);
  const width = screen.live ? screen.columns : undefined;
  const invocation = readCommandLine(args, { ...(bold ? { bold } : {}), ...(width === undefined ? {} : { width }) });
  if ('help' in invocation) {
    screen.print(invocation.help);
    return 0;
  }
  const { command, values, given } = invocation;
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined);
  const [dataDirectory, stack] = [text('dataDir'), text('stack')];
  const where = { dataDirectory, stack: stack ?? defaultStack, isNamed: (dataDirectory ?? stack) !== undefined };
  const json = values.json === true;
  const operation = {
    where,
    screen,
    json,
    commands: allCommands,
    ...(ask && !json ? { ask } : {}),
    portal: () => findPortal(where, variables),
    gateway: async () => openGateway(await findResources(where)),
  };
  try {
    return await command.run(operation, values, ...given);
  } catch (error) {
    if (dataDirectory === undefined || !isRefused(error)) throw error;
    throw new ConfigurationError(`No gateway runs in ${printable(dataDirectory)} now: its services do not answer`, {
      cause: error,
    });
  }
}

/** Whether a service refused the connection: it ended with its gateway, while `endpoints.json` still names it. */
function isRefused(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isRefused);
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
}
