import { BlockList, isIP } from 'node:net';
import { isPrivateHost } from '../../apimachinery/private-host.ts';

/** Which addresses webhooks may have. */
export interface NetworkPolicy {
  /** Whether an address, as text, may be connected to. */
  allows(address: string): boolean;
}

/**
 * Public addresses, and the private networks that the operator names: `127.0.0.0/8`, `fd00::/8`.
 * @throws Error for what is no network in CIDR notation.
 */
export function newNetworkPolicy(networks: readonly string[]): NetworkPolicy {
  const allowed = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/');
    const family = isIP(address);
    const bits = Number(prefix);
    const isPrefix = /^\d{1,3}$/.test(prefix) && bits <= (family === 4 ? 32 : 128);
    if (family === 0 || !isPrefix) {
      throw new Error(`${network} is not a network in CIDR notation, such as 10.0.0.0/8`);
    }
    allowed.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  }
  return {
    allows(address) {
      if (!isPrivateHost(address)) return true;
      return allowed.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
    },
  };
}
