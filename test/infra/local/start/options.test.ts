import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readOptions } from '../../../../infra/local/start/options.ts';

const portal = { DST_BASE_URL: 'https://portal.example/HPCApi', DST_API_KEY: 'the-key' };

describe('the options of npm start', () => {
  it('are a day at a simulated portal, when there are none', () => {
    expect(readOptions([], {})).toEqual({
      portal: undefined,
      dataDirectory: undefined,
      pollSeconds: 1,
      settings: [],
      untilDrained: false,
      stay: false,
    });
  });

  it('are a poll a minute and a directory here, with a portal', () => {
    expect(readOptions([], portal)).toEqual({
      portal: { url: portal.DST_BASE_URL, apiKey: 'the-key' },
      dataDirectory: '.data',
      pollSeconds: undefined,
      settings: [],
      untilDrained: false,
      stay: false,
    });
  });

  it('are what is asked for', () => {
    const options = readOptions(['--data-dir', 'd', '--poll-seconds', '0.5', '--until-drained'], portal);
    expect(options).toMatchObject({ dataDirectory: 'd', pollSeconds: 0.5, untilDrained: true });
  });

  it('are settings of the CDK, too', () => {
    expect(readOptions(['-c', 'a=b', '--context', 'holdTypes=x=y'], {})?.settings).toEqual(['a=b', 'holdTypes=x=y']);
  });

  it.each(['--help', '-h'])('are none with %s', (option) => {
    expect(readOptions([option], {})).toBeUndefined();
  });

  it.each([
    [['--nonsense'], "Unknown option '--nonsense'"],
    [['argument'], 'argument'],
    [['--data-dir'], '--data-dir'],
    [['--data-dir='], '--data-dir: a directory is missing'],
    ...['0', '-1', '1e3', 'soon', '', '1.', 'Infinity', '86401'].map(
      (seconds) => [[`--poll-seconds=${seconds}`], '--poll-seconds: must be a number'] as const,
    ),
  ] as const)('%j are refused', (args, message) => {
    expect(() => readOptions(args, {})).toThrow(message);
  });
});

describe('the key of a portal', () => {
  it('comes from a file, without the space around it', () => {
    const { file } = keyFile(' the-key\n');
    const { DST_BASE_URL } = portal;
    expect(readOptions([], { DST_BASE_URL, DST_API_KEY_FILE: file })?.portal?.apiKey).toBe('the-key');
  });

  it('in a file may be changed meanwhile, and stays while the file has none', () => {
    const { file } = keyFile('first\n');
    const { DST_BASE_URL } = portal;
    const read = readOptions([], { DST_BASE_URL, DST_API_KEY_FILE: file })?.portal;
    writeFileSync(file, 'second\n');
    expect(read?.currentKey?.()).toBe('second');
    writeFileSync(file, '');
    expect(read?.currentKey?.()).toBe('second');
    rmSync(file);
    expect(read?.currentKey?.()).toBe('second');
    expect(readOptions([], portal)?.portal).not.toHaveProperty('currentKey');
  });

  it.each([
    [{ DST_API_KEY: undefined }, 'set DST_API_KEY'],
    [{ DST_API_KEY: '' }, 'set DST_API_KEY'],
    [{ DST_API_KEY: 'two words' }, 'DST_API_KEY: the key must be visible ASCII'],
    [{ DST_API_KEY: 'sch\u00f6n' }, 'DST_API_KEY: the key must be visible ASCII'],
    [{ DST_API_KEY: undefined, DST_API_KEY_FILE: '/nowhere/at/all' }, "/nowhere/at/all can't be read (ENOENT)"],
  ])('is asked for: %j', (variables, message) => {
    expect(() => readOptions([], { ...portal, ...variables })).toThrow(message);
  });

  it('is in no error', () => {
    const { file } = keyFile('secret words\n');
    const { DST_BASE_URL } = portal;
    expect(() => readOptions([], { DST_BASE_URL, DST_API_KEY_FILE: file })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });

  it.each([
    ['http://portal.example', 'must be HTTPS, except for a loopback host'],
    ['portal.example', 'must be a URL'],
    ['https://user@portal.example', 'must be no more than a host and a path'],
  ])('goes to no such portal: %s', (url, message) => {
    expect(() => readOptions([], { ...portal, DST_BASE_URL: url })).toThrow(
      `DST_BASE_URL: the portal's base URL ${message}`,
    );
  });

  it('goes to a loopback portal without TLS', () => {
    expect(readOptions([], { ...portal, DST_BASE_URL: 'http://127.0.0.1:80/x' })?.portal?.url).toBe(
      'http://127.0.0.1:80/x',
    );
  });
});

function keyFile(text: string) {
  const directory = mkdtempSync(join(tmpdir(), 'start-options-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'key');
  writeFileSync(file, text);
  return { file };
}
