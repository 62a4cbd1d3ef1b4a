import { createInterface } from 'node:readline/promises';
import { ConfigurationError, describeError, GatewayError, InvalidInputError } from '../../shared/platform/errors.ts';
import { openScreen } from '../local/start/screen.ts';
import { commands } from './commands.ts';
import { findParts } from './find-parts.ts';
import { findPortal } from './find-portal.ts';
import { openGateway } from './gateway.ts';
import { helpOf, readOrder } from './usage.ts';

// `npm run operator -- <command> …`. Exit codes: 0 done, 1 it could not be done or something is wrong, 2 wrong usage or
// settings.

async function ask(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}

async function operate(args: readonly string[]): Promise<number> {
  const screen = openScreen(process.stdout);
  const order = readOrder(commands, args);
  if (!order) {
    screen.print(helpOf(commands).trimEnd());
    return 0;
  }
  const { command, values, given } = order;
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined);
  const where = { dataDirectory: text('data-dir'), stack: text('stack') ?? 'dst-gateway' };
  const operation = {
    where,
    screen,
    ...(process.stdin.isTTY && process.stdout.isTTY ? { ask } : {}),
    portal: () => findPortal(where, process.env),
    gateway: async () => openGateway(await findParts(where)),
  };
  return command.run(operation, values, ...given);
}

try {
  process.exitCode = await operate(process.argv.slice(2));
} catch (error) {
  const usage = error instanceof InvalidInputError || error instanceof ConfigurationError;
  process.stderr.write(`${error instanceof GatewayError ? error.message : describeError(error)}\n`);
  process.exitCode = usage ? 2 : 1;
}
