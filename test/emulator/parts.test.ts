import { afterEach, describe, expect, it, vi } from 'vitest';
import { PermanentError } from '../../shared/platform/errors.ts';
import { isOutOfReach, Unavailable } from './install.ts';
import { play } from './play.ts';

describe('an installation that fails', () => {
  it.each([
    [
      'pip, no way out',
      "Retrying (Retry(total=4)) after connection broken by 'ConnectTimeoutError(<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f>, 'Connection to index.example timed out. (connect timeout=15)')': /simple/ministack/",
    ],
    [
      'pip, a proxy that refuses',
      "after connection broken by 'ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 403 Forbidden'))'",
    ],
    ['pip, slow', "HTTPSConnectionPool(host='files.example', port=443): Read timed out. (read timeout=15)"],
    ['pip, a mirror without it', 'ERROR: No matching distribution found for ministack==1.2.3'],
    [
      'pip, no name',
      "NewConnectionError('<…>: Failed to establish a new connection: [Errno -2] Name or service not known')",
    ],
    ['Maven, no way out', 'Connect to repo.example:443 failed: Connect timed out -> [Help 1]'],
    ['Maven, no name', 'repo.example: Unknown host repo.example'],
    ['Maven, a mirror without it', 'Could not find artifact com.amazonaws:DynamoDBLocal:jar:3.1.0 in mirror'],
    ['Go, no way out', 'dial tcp 192.0.2.1:443: i/o timeout'],
    ['Python, not whole', 'The virtual environment was not created successfully because ensurepip is not available.'],
  ])('for want of a network or a program is skipped: %s', (_why, text) => {
    expect(isOutOfReach(text)).toBe(true);
  });

  it.each([
    ['another file', 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.'],
    ['another file after a break', 'Read timed out. … ERROR: THESE PACKAGES DO NOT MATCH THE HASHES'],
    ['another module', 'verifying github.com/versity/versitygw@v1.8.0: checksum mismatch'],
    ['no room', 'OSError: [Errno 28] No space left on device'],
    ['nothing said', ''],
  ])('for another reason is not: %s', (_why, text) => {
    expect(isOutOfReach(text)).toBe(false);
  });
});

describe('a part', () => {
  afterEach(() => void vi.restoreAllMocks());

  it.each([
    ['skipped', new Unavailable('no java')],
    ['failed', new PermanentError('pip ended with 1')],
    ['failed', new TypeError('a mistake')],
  ])('is %s, and the next goes on, after %s', async (outcome, error) => {
    const said = vi.spyOn(console, 'log').mockReturnValue();
    const start = () => Promise.reject(error);

    expect(await play({ name: 'a server', start, runs: () => [] })).toBe(outcome);

    expect(said.mock.lastCall?.[0]).toContain(`${outcome.toUpperCase()}: a server: `);
    expect(said.mock.lastCall?.[0]).toContain(error.message);
  });
});
