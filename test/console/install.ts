import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { PermanentError } from '../../shared/platform/errors.ts';
import { Unavailable } from '../emulator/install.ts';

/** Where Debian has Chromium. */
export const chromiumPath = '/usr/bin/chromium';

/** Messages of apt-get without a network, a mirror or the package. */
const outOfReach =
  /Unable to locate package|has no installation candidate|Could not (resolve|connect)|Failed to fetch|Temporary failure|Unable to connect|Could not get lock|Unable to acquire/;

/**
 * Installs Chromium from Debian.
 *
 * @throws Unavailable on a machine that is no Debian, for a user who is not root, or without a mirror
 */
export function installChromium(): void {
  if (existsSync(chromiumPath)) return;
  if (!existsSync('/usr/bin/apt-get')) throw new Unavailable('there is neither Chromium nor apt-get on this machine');
  if (process.getuid?.() !== 0) throw new Unavailable('there is no Chromium, and only root can install it');
  console.log('installing chromium …');
  apt('update');
  apt('install', '--yes', '--no-install-recommends', 'chromium');
}

function apt(...parameters: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const ended = spawnSync('apt-get', parameters, { env, encoding: 'utf8', timeout: 600_000 });
  const text = `${ended.stdout}${ended.stderr}`;
  if (ended.status === 0) return;
  if (outOfReach.test(text)) throw new Unavailable(`apt-get ${parameters[0]}: ${text.trim().slice(-300)}`);
  throw new PermanentError(`apt-get ${parameters[0]} ended with ${ended.status}: ${text.trim().slice(-500)}`);
}
