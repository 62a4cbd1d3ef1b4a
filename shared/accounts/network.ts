import { isIPv6 } from 'node:net';

/**
 * Address or network that counts as one client: an IPv4 address, or the /64 network of an IPv6 address. A client chooses the
 * second half of its IPv6 address itself (RFC 4291, "Interface Identifiers"; RFC 8981), so it has as many of them as it likes.
 */
export function networkOf(address: string): string {
  // URLs have IPv6 addresses in one form: lower case, no leading zeros, the longest run of zeros as `::`.
  const host = isIPv6(address) ? URL.parse(`http://[${address}]`)?.hostname.slice(1, -1) : undefined;
  if (host === undefined) return address;
  const [head = '', tail] = host.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - head.length - (tail?.length ?? 0) }, () => '0');
  return `${[...head, ...zeros, ...(tail ?? [])].slice(0, 4).join(':')}::/64`;
}
