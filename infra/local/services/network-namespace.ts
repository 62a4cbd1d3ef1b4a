import { spawnSync } from 'node:child_process';

/** Runs what follows in a network of its own, which takes a user namespace too: not every system allows for that. */
const inNamespace = ['unshare', '--user', '--map-root-user', '--net'] as const;
/** The loopback interface of a new network is down. */
const raising = ['ip', 'link', 'set', 'lo', 'up'] as const;

/** The start of a command line that runs the rest of it in a network that nobody else has; nothing where the system refuses. */
export function ownNetwork(): readonly string[] {
  const [unshare, ...options] = inNamespace;
  return spawnSync(unshare, [...options, ...raising]).status === 0 ? inNamespace : [];
}

/** To be called first in a process that was started in a network of its own. */
export function raiseLoopback(): void {
  const [ip, ...options] = raising;
  spawnSync(ip, options);
}
