import { shellWord } from '../command-line.ts';
import type { Node } from './tree.ts';

/** Completion for zsh. @param run defines the shell function `operator` */
export function zshCompletion(nodes: readonly Node[], run: string): string {
  const names = nodes.flatMap(({ name }) => (name === '' ? [] : [shellWord(name)]));
  return `#compdef operator
# Load it with: source <(npm run --silent operator -- completion zsh)
${run}
_operator() {
  local command='' candidate word
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    candidate="\${command:+$command }$word"
    case "$candidate" in (${names.join('|')}) command="$candidate" ;; esac
  done
  case "$command \${words[CURRENT-1]}" in
${nodes.flatMap(valuePatterns).join('\n')}
  esac
  case "$command" in
${nodes.map(wordPattern).join('\n')}
  esac
  _describe operator found
}
compdef _operator operator`;
}

const valuePatterns = ({ name, options }: Node): string[] =>
  options.flatMap(({ flag, takesValue, choices }) => {
    if (!takesValue) return [];
    const action = choices.length > 0 ? `compadd -- ${choices.map(shellWord).join(' ')}` : '_files';
    return [`    (${shellWord(`${name} ${flag}`)}) ${action}; return ;;`];
  });

const wordPattern = ({ name, subcommands, argumentChoices, takesFile, options }: Node): string => {
  const words = [
    ...subcommands.map(({ word, summary }) => `${word}:${summary}`),
    ...argumentChoices,
    ...options.map(({ flag, summary }) => `${flag}:${summary}`),
  ];
  const files = takesFile ? `[[ "\${words[CURRENT]}" == -* ]] || { _files; return }; ` : '';
  return `    (${shellWord(name)}) ${files}found=(${words.map(shellWord).join(' ')}) ;;`;
};
