import { describe, expect, it } from 'vitest';
import { commandLine, shellWord } from '../../infra/cli/command-line.ts';
import { allCommands, readCommandLine } from '../../infra/cli/program.ts';
import { runOperator, runOperatorHere } from './run-operator.ts';
import { wordsOf } from './words.ts';

const named = (name: string) => allCommands.find((each) => each.name === name);

describe('the command line of operators', () => {
  it.each([
    [[], 'A command is missing'],
    [['accounts'], 'A command is missing\nUsage: npm run operator -- accounts'],
    [['accounts', '--data-dir', 'd'], 'A command is missing\nUsage: npm run operator -- accounts'],
    [['accounts', '--nonsense'], "unknown option '--nonsense'"],
    [['accounts', 'nonsense', '--json'], "unknown command 'nonsense'"],
    [['nonsense'], "unknown command 'nonsense'"],
    [['toString'], "unknown command 'toString'"],
    [['help', 'nonsense'], "unknown command 'nonsense'"],
    [['redrive', '--reason', 'x'], 'Usage: npm run operator -- redrive --reason <TEXT> [options] <queue>'],
    [['redrive', '--reason', 'x'], "missing required argument 'queue'"],
    [['redrive', 'a'], "required option '--reason <TEXT>' not specified"],
    [['redrive', 'a', 'b', '--reason', 'x'], "too many arguments for 'redrive'. Expected 1 argument but got 2: a, b."],
    [['poll-now', '--nonsense'], "unknown option '--nonsense'\nUsage: npm run operator -- poll-now [options]"],
    [['poll-now', '-x'], "unknown option '-x'"],
    [['poll-now', '--replace'], "unknown option '--replace'"],
    [['poll-now', '--toString'], "unknown option '--toString'"],
    [['send-file', 'r.csv'], "required option '--project <N>' not specified"],
    [['send-file', '--project', '1'], "missing required argument 'file'"],
    [['send-file', 'r.csv', '--project'], "option '--project <N>' argument missing"],
    [['send-file', 'r.csv', '--project='], "option '--project <N>' argument '' is invalid. The option needs a value"],
    [['send-file', 'r.csv', '--project', '--replace'], 'The option needs a value: project whose researcher'],
    [['send-file', 'r.csv', '--project', '1', '--replace=no'], "unknown option '--replace=no'"],
    [['send-file', 'r.csv', '--project', '1', '--project', '2'], 'The option is given twice'],
    [['status', '--stack', 's', '--stack', 't'], 'The option is given twice'],
    [['incidents', '--state', 'lost'], 'The value must be one of open, retried, dismissed, resolved, all.'],
    [['incidents', '--kind', 'mismatch', 'retry', 'i', '--reason', 'x'], 'stand after its name, not before: kind'],
    [['verify-file', 'a', 'b'], 'Usage: npm run operator -- verify-file [options] [fileId]'],
    [['status', '--stack', 's', '--data-dir', 'd'], '--stack names a gateway on AWS, --data-dir one on this machine'],
  ])('refuses %j', (args, message) => {
    expect(() => readCommandLine(args)).toThrow(message);
  });

  it.each([
    [['stauts'], 'Did you mean status?'],
    [['redrive', 'q', '--resaon', 'x'], 'Did you mean --reason?'],
    [['status', '--stakc', 'x'], 'Did you mean --stack?'],
    [['incidents', 'rety', 'i'], 'commands of incidents: dismiss, retry'],
  ])('suggests what %j may have meant', (args, suggestion) => {
    expect(() => readCommandLine(args)).toThrow(suggestion);
  });

  it('takes the options of all commands before and after the command, and ids that begin with a dash', () => {
    const parsed = readCommandLine(['--stack', 's', 'send-file', 'r.csv', '--project', '1', '--replace']);
    expect(parsed).toMatchObject({ values: { stack: 's', project: '1', replace: true }, given: ['r.csv'] });
    expect(parsed).toHaveProperty('command', named('send-file'));
    expect(readCommandLine(['messages', '--', '-m'])).toMatchObject({ given: ['-m'] });
    expect(readCommandLine(['messages', '--state', 'open', '--', '-m'])).toMatchObject({ given: ['-m'] });
    expect(readCommandLine(['approve', 'm', '--reason=--x'])).toMatchObject({ values: { reason: '--x' } });
  });

  it('lists in its help each command with its summary, and nothing else', () => {
    const { help } = readCommandLine(['--help'], { width: 300 }) as { help: string };
    const listed = help.split('\nLook:\n')[1]?.split('\nVariables:')[0] ?? '';
    const entries = listed.split('\n').filter((line) => line.startsWith('  '));
    const expected = allCommands.map(({ name, arguments: names, summary }) => [[name, ...names].join(' '), summary]);
    expected.push(['help [command]', 'Show the help of a command']);
    expect(entries.map((line) => line.trim().split(/ {2,}/)).toSorted()).toEqual(expected.toSorted());
  });

  it('ends with 2 after wrong usage, and with 0 after help', async () => {
    expect(await runOperator(['nonsense'])).toMatchObject({ code: 2, output: '' });
    expect(await runOperator(['--help'])).toMatchObject({ code: 0, errors: '' });
  });

  it('shows nothing of a wrong word that could do anything to a terminal', async () => {
    const { errors } = await runOperatorHere(['\u001b[31mstatus'], {});
    expect(errors).toContain("unknown command '\u{fffd}[31mstatus'");
  });

  it('reports errors as JSON with --json, also where the rest of the command line is wrong', async () => {
    const { code, output, errors } = await runOperatorHere(['--json', 'nonsense'], {});
    expect([code, output]).toEqual([2, '']);
    expect(JSON.parse(errors)).toEqual({ error: expect.stringContaining("unknown command 'nonsense'"), exitCode: 2 });
    expect(JSON.parse((await runOperatorHere(['status', '--json', '--data-dir', '/nowhere'], {})).errors)).toEqual({
      error: 'No gateway runs in /nowhere: /nowhere/endpoints.json is missing',
      exitCode: 2,
    });
  });

  it('asks nobody with --json', async () => {
    const { code, errors } = await runOperatorHere(['pause', '--reason', 'x', '--json'], {}, true);
    expect([code, JSON.parse(errors).error]).toEqual([2, expect.stringContaining('give --yes')]);
  });
});

describe('the help', () => {
  const helpFor = (...args: string[]) => {
    const parsed = readCommandLine([...args, '--help']);
    return 'help' in parsed ? parsed.help : '';
  };

  it('names every command', () => {
    for (const { name } of allCommands) expect(helpFor()).toMatch(new RegExp(`\n  ${name}[ \n]`));
  });

  it.each(allCommands.map((command) => [command.name, command] as const))(
    'of %s names its options, with examples that are right',
    (name, command) => {
      const help = helpFor(...name.split(' '));
      expect(help).toContain(`npm run operator -- ${name}`);
      expect(help.replaceAll(/\s+/g, ' ')).toContain(command.summary);
      for (const { flags } of Object.values(command.options)) expect(help).toContain(`  ${flags}`);
      expect(command.examples.length).toBeGreaterThan(0);
      for (const example of command.examples) {
        expect(help).toContain(`  npm run operator -- ${example}`);
        expect(readCommandLine(wordsOf(example))).toHaveProperty('command', command);
      }
      if (!name.includes(' ')) expect(readCommandLine(['help', name])).toEqual({ help });
    },
  );

  it('has bold titles where there are colours', () => {
    const parsed = readCommandLine(['status', '--help'], { bold: (text) => `<b>${text}</b>` });
    expect(parsed).toHaveProperty('help', expect.stringContaining('<b>Options:</b>'));
    expect(helpFor('status')).toContain('\nOptions:');
  });
});

describe('an option', () => {
  it('has the name under which the command line gives its value, and one meaning', () => {
    const meanings = new Map<string, string>();
    for (const { options } of allCommands) {
      for (const [name, { flags }] of Object.entries(options)) {
        expect(meanings.get(name) ?? flags).toBe(flags);
        meanings.set(name, flags);
        const camelCase = flags
          .slice(2)
          .replace(/ .*/, '')
          .replaceAll(/-(\w)/g, (_, letter) => letter.toUpperCase());
        expect(camelCase).toBe(name);
      }
    }
  });
});

describe('a command line to paste', () => {
  const onAws = { dataDirectory: undefined, stack: 'dst-gateway' };

  it.each([
    [onAws, ['messages'], 'm-1', 'npm run operator -- messages m-1'],
    [
      { ...onAws, stack: 's' },
      ['approve', '--reason', '…'],
      'm',
      "npm run operator -- approve m --reason '…' --stack s",
    ],
    [{ ...onAws, dataDirectory: 'my dir' }, ['status'], undefined, "npm run operator -- status --data-dir 'my dir'"],
    [onAws, ['approve', '--reason', '…'], '-m', "npm run operator -- approve --reason '…' -- -m"],
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
