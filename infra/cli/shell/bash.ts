import { shellWord } from '../command-line.ts';
import type { Node } from './tree.ts';

/** Completion for bash. @param run defines the shell function `operator` */
export function bashCompletion(nodes: readonly Node[], run: string): string {
  const names = nodes.flatMap(({ name }) => (name === '' ? [] : [shellWord(name)]));
  return `# Load it with: source <(npm run --silent operator -- completion bash)
${run}
_operator() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command='' candidate word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    candidate="\${command:+$command }$word"
    case "$candidate" in ${names.join('|')}) command="$candidate" ;; esac
  done
  COMPREPLY=()
  case "$command $previous" in
${nodes.flatMap(valuePatterns).join('\n')}
    *)
      case "$command" in
${nodes.map(wordPattern).join('\n')}
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _operator operator`;
}

const valuePatterns = ({ name, options }: Node): string[] =>
  options.flatMap(({ flag, takesValue, choices }) =>
    takesValue ? [`    ${shellWord(`${name} ${flag}`)}) words=${shellWord(choices.join(' '))} ;;`] : [],
  );

const wordPattern = ({ name, subcommands, argumentChoices, options }: Node): string => {
  const words = [...subcommands.map(({ word }) => word), ...argumentChoices, ...options.map(({ flag }) => flag)];
  return `        ${shellWord(name)}) words=${shellWord(words.join(' '))} ;;`;
};
