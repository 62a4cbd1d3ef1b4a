import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';

// Clients call the API itself, or through CloudFront with the console's page. To the API, CloudFront is the client then, and tells
// the viewer's address in a header. Everybody can send such a header, so it counts only with a secret that CloudFront adds.

/** Has the secret; CloudFront replaces what a viewer sends (Amazon CloudFront developer guide, "Add custom headers to origin requests"). */
const verifyHeader = 'x-origin-verify';

/** Has the viewer's address; a function of CloudFront replaces what a viewer sends. */
const viewerHeader = 'true-client-ip';

type Headers = Readonly<Record<string, string | undefined>>;

/** Reads the secret that CloudFront adds to each request. */
export type ReadOriginSecret = () => Promise<string>;

/**
 * Address of the client: the viewer's where CloudFront vouches for it, otherwise the sender's.
 *
 * @param sender address that API Gateway has seen
 * @param headers by lower-case name
 * @param readSecret called for requests that claim to come through CloudFront
 */
export async function clientAddress(
  sender: string,
  headers: Headers,
  readSecret: ReadOriginSecret | undefined,
): Promise<string> {
  const { [verifyHeader]: sent, [viewerHeader]: viewer } = headers;
  if (!readSecret || sent === undefined || viewer === undefined || isIP(viewer) === 0) return sender;
  return isSame(sent, await readSecret()) ? viewer : sender;
}

/** The headers without the secret, so that no handler can pass it on. */
export function withoutOriginSecret({ [verifyHeader]: _secret, ...headers }: Headers): Headers {
  return headers;
}

/** Takes the same time for every wrong value: digests have one length. */
function isSame(sent: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(sent), digest(expected));
}
