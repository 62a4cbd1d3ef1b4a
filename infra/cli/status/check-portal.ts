import type { Health } from '../../../shared/operate/status/health.ts';
import { ConfigurationError, describeError } from '../../../shared/platform/errors.ts';
import type { Operation } from '../command.ts';

/** Milliseconds that the portal may take to answer. */
const timeout = 5_000;

/**
 * Whether the portal answers a HEAD request, which is no call of its API: the key is not sent, and the agreed number of polls
 * is kept.
 */
export async function checkPortal(portal: Operation['portal']): Promise<Health['portal']> {
  let url: string | undefined;
  try {
    ({ url } = await portal());
    const answer = await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(timeout) });
    return { url, problem: answer.status >= 500 ? `it answers ${answer.status}` : undefined };
  } catch (error) {
    if (error instanceof ConfigurationError) return { url, problem: error.message };
    return { url, problem: `no answer (${describeError(error instanceof Error ? (error.cause ?? error) : error)})` };
  }
}
