import { type Command, groups, type Option } from './command.ts';
import { invocation } from './command-line.ts';
import { commonOptions, helpOption } from './common-options.ts';

/** The reference of all commands, as Markdown. */
export function referenceOf(commands: readonly Command[]): string {
  const sections = groups.map((group) => {
    const articles = commands.filter((command) => command.group === group).map(articleOf);
    return [`### ${group}`, ...articles].join('\n\n');
  });
  return [
    `Options of every command:\n\n${optionTable([...Object.values(commonOptions), helpOption])}`,
    ...sections,
  ].join('\n\n');
}

function articleOf({ name, summary, options, arguments: names, examples }: Command): string {
  const required = Object.values(options).flatMap((option) => (option.required ? [option.flags] : []));
  const usage = [name, ...required, ...(Object.keys(options).length > required.length ? ['[options]'] : []), ...names];
  return [
    `#### \`${usage.join(' ')}\``,
    `${summary}.`,
    ...(Object.keys(options).length > 0 ? [optionTable(Object.values(options))] : []),
    `\`\`\`sh\n${examples.map((example) => `${invocation} ${example}`).join('\n')}\n\`\`\``,
  ].join('\n\n');
}

const optionTable = (options: readonly Option[]): string =>
  ['| option | effect |', '| --- | --- |', ...options.map(rowOf)].join('\n');

const rowOf = ({ flags, summary, choices }: Option): string =>
  `| \`${flags}\` | ${choices ? `${summary}: ${choices.map((each) => `\`${each}\``).join(', ')}` : summary} |`;
