import type { EndpointAddress, EndpointPort, EndpointSubset } from 'kubernetes-types/core/v1.js';

interface Group {
  readonly addresses: Map<string, { readonly address: EndpointAddress; isReady: boolean }>;
  readonly ports: EndpointPort[];
}

/** Addresses are told apart by where they are and what they stand for. */
const keyOf = ({ ip, targetRef }: EndpointAddress): string => `${ip} ${targetRef?.uid ?? ''}`;

/**
 * The same addresses and ports in the fewest subsets: ports that the same addresses offer are
 * together, every address is listed once, and an address that is not ready anywhere is not ready.
 */
export function repackSubsets(subsets: readonly EndpointSubset[]): EndpointSubset[] {
  const known = new Map<string, EndpointAddress>();
  const byPort = new Map<string, Group>();
  for (const { addresses, notReadyAddresses, ports } of subsets) {
    const offered = ports ?? [];
    // Addresses without ports are kept as well.
    for (const port of offered.length === 0 ? [undefined] : offered) {
      const group: Group = byPort.get(textOf(port)) ?? { addresses: new Map(), ports: [] };
      byPort.set(textOf(port), group);
      if (port !== undefined && group.ports.length === 0) group.ports.push(port);
      for (const [list, isReady] of [
        [addresses, true],
        [notReadyAddresses, false],
      ] as const) {
        for (const address of list ?? []) {
          const key = keyOf(address);
          const first = known.get(key) ?? address;
          known.set(key, first);
          if (group.addresses.get(key)?.isReady !== false) {
            group.addresses.set(key, { address: first, isReady });
          }
        }
      }
    }
  }
  const byAddresses = new Map<string, Group>();
  for (const group of byPort.values()) {
    const key = JSON.stringify(
      [...group.addresses].map(([address, { isReady }]) => `${address} ${isReady}`).sort(),
    );
    const same = byAddresses.get(key);
    if (same === undefined) byAddresses.set(key, { ...group, ports: [...group.ports] });
    else same.ports.push(...group.ports);
  }
  return [...byAddresses.values()].map(subsetOf).sort(byText);
}

function subsetOf({ addresses, ports }: Group): EndpointSubset {
  const sorted = [...addresses].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  const ready = sorted.filter(({ isReady }) => isReady).map(({ address }) => address);
  const rest = sorted.filter(({ isReady }) => !isReady).map(({ address }) => address);
  return {
    ...(ready.length === 0 ? {} : { addresses: ready }),
    ...(rest.length === 0 ? {} : { notReadyAddresses: rest }),
    ...(ports.length === 0 ? {} : { ports: ports.sort(byText) }),
  };
}

const textOf = (port: EndpointPort | undefined): string => {
  if (port === undefined) return '';
  const { name = '', port: number, protocol = '', ...rest } = port;
  return JSON.stringify([number, protocol, name, rest]);
};

// Upstream sorts by hashes of Go's own form of the values, which no one can rely on.
const byText = (a: object, b: object): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
