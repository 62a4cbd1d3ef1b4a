import { spawnSync } from 'node:child_process';

/** Runs a command in its own network. This needs a user namespace, too, which not every system allows. */
const inNamespace = ['unshare', '--user', '--map-root-user', '--net'] as const;
/** The loopback interface of a new network is down. */
const raising = ['ip', 'link', 'set', 'lo', 'up'] as const;

/** Prefix of a command line that runs the command in its own network; empty if the system refuses. */
export function ownNetwork(): readonly string[] {
  const [unshare, ...options] = inNamespace;
  return spawnSync(unshare, [...options, ...raising]).status === 0 ? inNamespace : [];
}

/** Has to be called first in a process that was started in its own network. */
export function raiseLoopback(): void {
  const [ip, ...options] = raising;
  spawnSync(ip, options);
}
