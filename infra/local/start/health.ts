import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { PermanentError } from '../../../shared/platform/errors.ts';

const interval = 1_000;

/**
 * Watches services until it is stopped.
 *
 * @param endpoints URLs by the service's name
 * @throws PermanentError naming the first that is gone
 */
export async function watch(endpoints: Record<string, string>, signal: AbortSignal): Promise<never> {
  for (;;) {
    await delay(interval, undefined, { signal });
    for (const [name, url] of Object.entries(endpoints)) {
      if (await isGone(url)) throw new PermanentError(`The ${name} ended unexpectedly`);
    }
  }
}

/** Only a refused connection shows that the service has ended: a busy service accepts later. */
function isGone(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((done) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const end = (gone: boolean) => {
      socket.destroy();
      done(gone);
    };
    socket.setTimeout(interval, () => end(false));
    socket.once('connect', () => end(false));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED'));
  });
}
