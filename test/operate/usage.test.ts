import { describe, expect, it } from 'vitest';
import { commands } from '../../infra/operate/commands.ts';
import { helpOf, readOrder } from '../../infra/operate/usage.ts';
import { operate } from './operate.ts';

describe('the command line of operators', () => {
  it.each([
    [[], 'A command is missing'],
    [['nonsense'], 'There is no command nonsense'],
    [['toString'], 'There is no command toString'],
    [['confirm-project'], 'Usage: confirm-project <projectNo>'],
    [['confirm-project', '1', '2'], 'Usage: confirm-project <projectNo>'],
    [['confirm-project', '1', '--nonsense'], "Unknown option '--nonsense'"],
    [['confirm-project', '1', '--replace'], 'confirm-project has no option --replace'],
    [['send-file', 'r.csv'], 'Usage: send-file --project N [--replace] <file>'],
    [['send-file', '--project', '1'], 'Usage: send-file --project N [--replace] <file>'],
    [['send-file', 'r.csv', '--project'], "Option '--project <value>' argument missing"],
    [['verify-file', 'a', 'b'], 'Usage: verify-file [--project N] [fileId]'],
  ])('refuses %j', (args, message) => {
    expect(() => readOrder(commands, args)).toThrow(message);
  });

  it('takes options before and after the command', () => {
    const order = readOrder(commands, ['--stack', 's', 'send-file', 'r.csv', '--project', '1', '--replace']);
    expect(order).toMatchObject({ values: { stack: 's', project: '1', replace: true }, given: ['r.csv'] });
    expect(order?.command).toBe(commands['send-file']);
  });

  it('helps when asked', () => {
    expect(readOrder(commands, ['send-file', '--help'])).toBeUndefined();
    const help = helpOf(commands);
    for (const name of Object.keys(commands)) expect(help).toMatch(new RegExp(`\n  ${name}[ \n]`));
  });

  it('ends with 2 after wrong usage, and with 0 after help', async () => {
    expect(await operate(['nonsense'])).toMatchObject({ code: 2, output: '' });
    expect(await operate(['--help'])).toMatchObject({ code: 0, errors: '' });
  });
});
