import type { IncomingHttpHeaders } from 'node:http';
import type { JobAddress } from './address.ts';
import { confineCookie, withoutOwn } from './cookies.ts';

/** Headers about one connection (RFC 9110, 7.6.1), which `Connection` may add to. `Transfer-Encoding` is the body's. */
const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'expect'];

/** Headers by which requests sign in at the gateway, or say where they come from. */
const ofTheGateway = ['authorization', 'proxy-authorization', 'token', 'uws-authorization', 'forwarded', 'x-real-ip'];

/** Headers with effects beyond the job's server. */
const beyond = ['clear-site-data', 'strict-transport-security', 'alt-svc', 'public-key-pins', 'server', 'x-powered-by'];

export interface Sender {
  /** IP address of the client. */
  address: string;
  isUpgrade: boolean;
}

/**
 * Headers of a request as a job's server gets them: nothing of the gateway's sign-in, the server's own, and the sender's address.
 *
 * @param credentials headers with which the proxy signs in at the server
 */
export function toServer(
  headers: IncomingHttpHeaders,
  { origin }: JobAddress,
  credentials: Readonly<Record<string, string>>,
  { address, isUpgrade }: Sender,
): IncomingHttpHeaders {
  const { cookie, ...kept } = without(headers, [...hopByHop, ...connectionTokens(headers), ...ofTheGateway]);
  const others = withoutOwn(cookie);
  const { protocol, host, port } = new URL(origin);
  return {
    ...Object.fromEntries(Object.entries(kept).filter(([name]) => !/^(x-forwarded-|x-amzn-|cf-)/.test(name))),
    ...(others !== undefined && { cookie: others }),
    ...(isUpgrade && { connection: 'Upgrade', upgrade: 'websocket' }),
    ...credentials,
    'x-forwarded-for': address,
    'x-forwarded-proto': protocol.slice(0, -1),
    'x-forwarded-host': host,
    'x-forwarded-port': port || (protocol === 'https:' ? '443' : '80'),
  };
}

/** Headers of an answer as the browser gets them: cookies kept to the job, no effect elsewhere, no page elsewhere that shows it. */
export function toBrowser(headers: IncomingHttpHeaders, { jobId, origin }: JobAddress): IncomingHttpHeaders {
  const cookies = headers['set-cookie']?.flatMap((cookie) => confineCookie(jobId, cookie) ?? []) ?? [];
  const { location, ...kept } = without(headers, ['set-cookie', ...beyond]);
  const to = location === undefined ? undefined : ownLocation(location, origin);
  return {
    ...Object.fromEntries(Object.entries(kept).filter(([name]) => !name.startsWith('access-control-'))),
    ...(to !== undefined && { location: to }),
    ...(cookies.length > 0 && { 'set-cookie': cookies }),
    'x-frame-options': 'SAMEORIGIN',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };
}

/** A target within the job's origin, as a path. Others are left as they are. */
function ownLocation(location: string, origin: string): string {
  const url = URL.parse(location, origin);
  return url?.origin === origin ? `${url.pathname}${url.search}${url.hash}` : location;
}

const connectionTokens = ({ connection = '' }: IncomingHttpHeaders) =>
  connection
    .split(',')
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== 'transfer-encoding' && token !== 'content-length');

function without(headers: IncomingHttpHeaders, names: readonly string[]): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}
