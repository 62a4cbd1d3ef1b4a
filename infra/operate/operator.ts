import { parseArgs } from 'node:util';
import { ConfigurationError, describeError, InvalidInputError } from '../../shared/platform/errors.ts';
import type { Command } from './command.ts';
import { confirmProject } from './confirm-project.ts';
import { findPortal } from './find-portal.ts';

// `npm run operator -- <command> …`. Exit codes: 0 done, 1 it could not be done, 2 wrong usage or settings.

const commands: Record<string, Command> = {
  'confirm-project': confirmProject,
};

const help = `npm run operator -- COMMAND …

${Object.entries(commands)
  .map(
    ([name, command]) =>
      `  ${[name, ...command.arguments.map((each) => `<${each}>`)].join(' ')}\n      ${command.summary}`,
  )
  .join('\n')}

  --stack NAME        the gateway on AWS by its CloudFormation stack; default dst-gateway
  --data-dir DIR      the gateway that runs on this machine with its state in DIR
  --help              shows this

  DST_BASE_URL, DST_API_KEY or DST_API_KEY_FILE
                      the portal and the centre's key for it, in place of the gateway's own
`;

function readArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        'data-dir': { type: 'string' },
        stack: { type: 'string', default: 'dst-gateway' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw new InvalidInputError(cause instanceof Error ? cause.message : 'wrong arguments', { cause });
  }
}

async function operate(args: string[]): Promise<string> {
  const { values, positionals } = readArguments(args);
  const [name, ...rest] = positionals;
  if (values.help) return help;
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command)
    throw new InvalidInputError(
      `${name === undefined ? 'A command is missing' : `There is no command ${name}`}\n\n${help}`,
    );
  if (rest.length !== command.arguments.length) {
    throw new InvalidInputError(`Usage: ${[name, ...command.arguments.map((each) => `<${each}>`)].join(' ')}`);
  }
  const portal = () => findPortal({ dataDirectory: values['data-dir'], stack: values.stack }, process.env);
  return command.run({ portal }, ...rest);
}

try {
  process.stdout.write(`${(await operate(process.argv.slice(2))).trimEnd()}\n`);
} catch (error) {
  const usage = error instanceof InvalidInputError || error instanceof ConfigurationError;
  process.stderr.write(`${usage ? error.message : describeError(error)}\n`);
  process.exitCode = usage ? 2 : 1;
}
