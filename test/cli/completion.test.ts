import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { allCommands } from '../../infra/cli/program.ts';
import { runOperatorHere } from './run-operator.ts';

/** Shells complete words in their own ways: each is asked as it asks itself at the tabulator key. */
const askers = {
  bash: `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _operator; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: 'words=("$@"); CURRENT=$#; _operator',
  fish: 'complete -C "$(string join " " -- $argv)" | string replace -r "\\t.*" ""',
} as const;

/** Replaces the editor of zsh, which needs a terminal. */
const zshStubs = `compdef() {}; _files() { print files }
_describe() { print -l -- "\${(@P)2%%:*}" }; compadd() { shift; print -l -- "$@" }`;

const isThere = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0;

/** Words that a shell offers. @param words of the command line, the last one begun */
async function complete(shell: keyof typeof askers, words: readonly string[]): Promise<string[]> {
  const { output: script } = await runOperatorHere(['completion', shell], {});
  const load = shell === 'zsh' ? `${zshStubs}\n${script}` : script;
  const name = shell === 'fish' ? [] : [shell];
  const { stdout, stderr } = spawnSync(shell, ['-c', `${load}\n${askers[shell]}`, ...name, 'operator', ...words]);
  expect(`${stderr}`).toBe('');
  return `${stdout}`.split('\n').filter((line) => line !== '');
}

const shells = ['bash', 'zsh', 'fish'] as const;

describe.each(shells)('completion in %s', (shell) => {
  it.runIf(isThere(shell))('offers every command', async () => {
    const words = await complete(shell, ['']);
    for (const { name } of allCommands) expect(words).toContain(name.split(' ')[0]);
    expect(await complete(shell, ['incidents', ''])).toEqual(expect.arrayContaining(['retry', 'dismiss']));
  });

  it.runIf(isThere(shell))('offers the options of the command, also after options of all commands', async () => {
    const words = await complete(shell, ['incidents', 'retry', '--']);
    expect(words).toEqual(expect.arrayContaining(['--delivery', '--kind', '--reason', '--yes', '--json', '--stack']));
    expect(words).not.toContain('--state');
    expect(await complete(shell, ['files', '--json', '--'])).toContain('--watch');
  });

  it.runIf(isThere(shell))('offers the values that an option or argument may have', async () => {
    expect(await complete(shell, ['projects', '--state', ''])).toEqual(['active', 'deleting']);
    expect(await complete(shell, ['completion', ''])).toEqual(expect.arrayContaining([...shells]));
  });
});

describe('completion in bash', () => {
  it('defines a command that runs the command line', async () => {
    const { output } = await runOperatorHere(['completion', 'bash'], {});
    const { stdout, status } = spawnSync('bash', ['-c', `${output}\noperator status --help`]);
    expect([status, `${stdout}`]).toEqual([0, expect.stringContaining('Usage: npm run operator -- status')]);
  });
});

it('refuses shells that it does not know', async () => {
  expect(await runOperatorHere(['completion', 'tcsh'], {})).toEqual({
    code: 2,
    output: '',
    errors: 'shell: must be one of bash, zsh, fish\n',
  });
});
