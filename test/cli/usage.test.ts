import { describe, expect, it } from 'vitest';
import { commandLine, shellWord } from '../../infra/cli/command-line.ts';
import { commands } from '../../infra/cli/commands.ts';
import { readOrder } from '../../infra/cli/usage.ts';
import { operate } from './operate.ts';
import { wordsOf } from './words.ts';

describe('the command line of operators', () => {
  it.each([
    [[], 'A command is missing'],
    [['nonsense'], 'There is no command nonsense'],
    [['toString'], 'There is no command toString'],
    [['redrive'], 'Usage: redrive --reason TEXT [--yes] [--dry-run] <queue>'],
    [['redrive', 'a', 'b', '--reason', 'x'], 'Usage: redrive'],
    [['poll-now', '--nonsense'], 'poll-now has no option --nonsense. It takes --stack NAME, --data-dir DIR, --help'],
    [['poll-now', '-x'], 'poll-now has no option -x'],
    [['poll-now', '--replace'], 'poll-now has no option --replace'],
    [['poll-now', '--toString'], 'poll-now has no option --toString'],
    [['send-file', 'r.csv'], 'Usage: send-file --project N'],
    [['send-file', '--project', '1'], 'Usage: send-file --project N'],
    [['send-file', 'r.csv', '--project'], '--project needs a value'],
    [['send-file', 'r.csv', '--project', '--replace'], '--project needs a value'],
    [['send-file', 'r.csv', '--project', '1', '--replace=no'], '--replace takes no value'],
    [['send-file', 'r.csv', '--project', '1', '--project', '2'], '--project is given twice'],
    [['verify-file', 'a', 'b'], 'Usage: verify-file [--project N] [fileId]'],
    [['status', '--stack', 's', '--data-dir', 'd'], '--stack names a gateway on AWS, --data-dir one on this machine'],
  ])('refuses %j', (args, message) => {
    expect(() => readOrder(commands, args)).toThrow(message);
  });

  it('takes options before and after the command, and ids that begin with a dash', () => {
    const order = readOrder(commands, ['--stack', 's', 'send-file', 'r.csv', '--project', '1', '--replace']);
    expect(order).toMatchObject({ values: { stack: 's', project: '1', replace: true }, given: ['r.csv'] });
    expect(order).toHaveProperty('command', commands['send-file']);
    expect(readOrder(commands, ['messages', '--', '-m'])).toMatchObject({ given: ['-m'] });
  });

  it('ends with 2 after wrong usage, and with 0 after help', async () => {
    expect(await operate(['nonsense'])).toMatchObject({ code: 2, output: '' });
    expect(await operate(['--help'])).toMatchObject({ code: 0, errors: '' });
  });
});

describe('the help', () => {
  const helpFor = (...args: string[]) => {
    const order = readOrder(commands, [...args, '--help']);
    return 'help' in order ? order.help : '';
  };

  it('names every command', () => {
    for (const name of Object.keys(commands)) expect(helpFor()).toMatch(new RegExp(`\n  ${name}[ \n]`));
  });

  it.each(Object.entries(commands))('of %s tells its options, with examples that are right', (name, command) => {
    const help = helpFor(...name.split(' '));
    expect(help).toContain(`npm run operator -- ${name}`);
    expect(help).toContain(command.summary);
    for (const option of Object.keys(command.options)) expect(help).toContain(`  --${option}`);
    expect(command.examples.length).toBeGreaterThan(0);
    for (const example of command.examples) {
      expect(help).toContain(`  npm run operator -- ${example}`);
      expect(readOrder(commands, wordsOf(example))).toHaveProperty('command', command);
    }
  });
});

describe('a command line to paste', () => {
  const onAws = { dataDirectory: undefined, stack: 'dst-gateway' };

  it.each([
    [onAws, ['messages'], 'm-1', 'npm run operator -- messages m-1'],
    [
      { ...onAws, stack: 's' },
      ['release', '--reason', '…'],
      'm',
      "npm run operator -- release m --reason '…' --stack s",
    ],
    [{ ...onAws, dataDirectory: 'my dir' }, ['status'], undefined, "npm run operator -- status --data-dir 'my dir'"],
    [onAws, ['release', '--reason', '…'], '-m', "npm run operator -- release --reason '…' -- -m"],
  ])('is about the same gateway: %j %j %s', (where, command, id, expected) => {
    expect(commandLine(where, command, id)).toBe(expected);
  });

  it.each([
    ['a-1.b/c', 'a-1.b/c'],
    ['', "''"],
    ["it's $HOME", String.raw`'it'\''s $HOME'`],
    ['a\u001b[31m\u202e\\', String.raw`$'a\U0000001b[31m\U0000202e\\'`],
  ])('quotes %j', (text, quoted) => {
    expect(shellWord(text)).toBe(quoted);
  });
});
