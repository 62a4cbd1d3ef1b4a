import type { Command, Option } from './command.ts';

type Options = Record<string, Option>;

const flag = (name: string, { value }: Option) => (value ? `--${name} ${value}` : `--${name}`);

/** Options in a sentence. */
export const optionList = (options: Options): string =>
  Object.entries(options)
    .map(([name, option]) => flag(name, option))
    .join(', ');

/** How a command is called, in a line. */
export const usage = (name: string, command: Command): string => `Usage: ${callOf(name, command)}`;

function callOf(name: string, command: Command): string {
  const options = Object.entries(command.options).map(([option, each]) =>
    each.required ? flag(option, each) : `[${flag(option, each)}]`,
  );
  const names = command.arguments.map((each) => (each.endsWith('?') ? `[${each.slice(0, -1)}]` : `<${each}>`));
  return [name, ...options, ...names].join(' ');
}

const described = (options: Options) =>
  Object.entries(options).map(([name, option]) => `  ${flag(name, option).padEnd(20)}  ${option.summary}`);

/** What a command does, with its options and examples. */
export function helpOfCommand(name: string, command: Command, common: Options): string {
  const lines = [
    `npm run operator -- ${callOf(name, command)}`,
    '',
    `  ${command.summary}`,
    '',
    ...described({ ...command.options, ...common }),
    '',
    'For example:',
    ...command.examples.map((example) => `  npm run operator -- ${example}`),
  ];
  return lines.join('\n');
}

/** What there is, as text. */
export function helpOf(commands: Record<string, Command>, common: Options): string {
  const all = Object.entries(commands).flatMap(([name, command]) => [
    `  ${callOf(name, command)}`,
    `      ${command.summary}`,
    '',
  ]);
  return `npm run operator -- COMMAND …

${all.join('\n')}
With every command:
${described(common).join('\n')}
  DST_BASE_URL, DST_API_KEY or DST_API_KEY_FILE
                        the portal and the centre's key for it, in place of the gateway's own

The beginning of an id is enough where no other begins so. Exit codes: 0 done, 1 it could not be done or something is not as
it should be, 2 wrong usage or settings.`;
}
