import type { Node } from './tree.ts';

/** Completion for fish. @param run defines the shell function `operator` */
export function fishCompletion(nodes: readonly Node[], run: string): string {
  const names = nodes.flatMap(({ name }) => (name === '' ? [] : [quote(name)]));
  return `# Load it with: npm run --silent operator -- completion fish | source
${run}
function __operator_at
  set -l command ''
  for word in (commandline -opc)[2..-1]
    set -l candidate (string trim -- "$command $word")
    contains -- "$candidate" ${names.join(' ')}; and set command $candidate
  end
  test "$command" = "$argv[1]"
end
complete -c operator -f
${nodes.flatMap(linesOf).join('\n')}`;
}

function linesOf({ name, subcommands, argumentChoices, takesFile, options }: Node): string[] {
  const complete = `complete -c operator -n ${quote(`__operator_at ${quote(name)}`)}`;
  return [
    ...subcommands.map(({ word, summary }) => `${complete} -a ${word} -d ${quote(summary)}`),
    ...argumentChoices.map((word) => `${complete} -a ${word}`),
    ...(takesFile ? [`${complete} -F`] : []),
    ...options.map(({ flag, summary, takesValue, choices }) => {
      const value = choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : takesValue ? ' -r -F' : '';
      return `${complete} -l ${flag.slice(2)}${value} -d ${quote(summary)}`;
    }),
  ];
}

const quote = (text: string) => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
