import { lookup } from 'node:dns';
import { Agent } from 'node:http';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { PermanentError } from '../../platform/errors.ts';
import type { WorkspacesConfiguration } from '../configuration.ts';
import type { JobServer } from '../resources/resource.ts';

type Configured = WorkspacesConfiguration['available_resources'][string];

/** Networks in which the servers of a resource's jobs may be: a job tells its own address, and could tell another one. */
export const networksOf = (resource: Configured): readonly string[] =>
  resource.resource_type === 'local' ? ['127.0.0.0/8', '::1/128'] : resource.server_networks;

/**
 * Connections to servers within some networks. A host name is checked by the address that it has at that moment.
 *
 * @param networks in CIDR notation
 */
export function agentWithin(networks: readonly string[]): Agent {
  const allowed = listOf(networks);
  const within = (address: string) => allowed.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  const look: LookupFunction = (hostname, options, done) =>
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const [first, ...others] = (found ?? []).filter(({ address }) => within(address));
      if (error || !first) done(error ?? new PermanentError(`${hostname} is not in the networks of job servers`), []);
      else if (options.all) done(null, [first, ...others]);
      else done(null, first.address, first.family);
    });
  return new Agent({ keepAlive: true, maxFreeSockets: 16, lookup: look });
}

/** Whether an address that is no name is within networks. Names are looked at when they are looked up. */
export function mayReach(networks: readonly string[], { hostname }: JobServer): boolean {
  const version = isIP(hostname);
  return version === 0 || listOf(networks).check(hostname, version === 6 ? 'ipv6' : 'ipv4');
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
