import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

/** A name of the certificate, as RFC 5280 calls their kinds. */
export interface ServerName {
  readonly type: 'dns' | 'ip';
  readonly value: string;
}

/** How a control plane is reached. */
export interface Reach {
  /** Address that this machine's own clients use. */
  readonly local: string;
  /** Name or address that other machines may use; undefined: they reach nothing. */
  readonly others: string | undefined;
  /** What its certificate is good for. */
  readonly names: readonly ServerName[];
}

export interface Machine {
  readonly hostname: string;
  /** Of its interfaces, loopback and link-local ones left out. */
  readonly addresses: readonly string[];
}

/** Addresses that stand for all of a machine, and where it reaches itself then. */
const WILDCARDS = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);
const LOOPBACK = /^(127\.|::1$|localhost$)/;

/**
 * @param address that the API listens on
 * @param furtherNames that it is known by elsewhere, such as that of a load balancer
 */
export function reachOf(
  address: string,
  furtherNames: readonly string[],
  machine: Machine = thisMachine(),
): Reach {
  const isWildcard = WILDCARDS.has(address);
  const own = isWildcard ? machine.addresses : [address];
  const outside = own.filter((name) => !LOOPBACK.test(name));
  const all = ['localhost', machine.hostname, '127.0.0.1', '::1', ...outside, ...furtherNames];
  return {
    local: WILDCARDS.get(address) ?? address,
    others: outside.length === 0 ? undefined : (furtherNames[0] ?? outside[0]),
    names: [...new Set(all)].map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
  };
}

/** `https://host:port`; an IPv6 address is put in brackets. */
export function serverURL(host: string, port: number): string {
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function thisMachine(): Machine {
  const addresses = Object.values(networkInterfaces())
    .flatMap((interfaces) => interfaces ?? [])
    .filter(({ address, internal }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
    .map(({ address }) => address);
  return { hostname: hostname(), addresses };
}
