import type { ContainerPort } from 'kubernetes-types/core/v1.js';
import { type PodFields, visitContainers } from './fields.ts';

interface PlacedPort {
  readonly field: string;
  readonly hostIP: string;
  readonly hostPort: number;
}

/** Ports that are in each other's way, or may be. */
export function portWarnings(spec: PodFields, path: string): string[] {
  const warnings: string[] = [];
  const placed = new Map<string, PlacedPort[]>();
  for (const { container, at } of visitContainers(spec, path)) {
    container.ports?.forEach((port: Partial<ContainerPort>, i) => {
      const { hostIP = '', hostPort = 0 } = port;
      const field = `${at}.ports[${i}]`;
      if (hostIP !== '' && hostPort === 0) {
        warnings.push(`${field}: hostIP set without hostPort: ${shownPort(port)}`);
      }
      const key = `${port.containerPort ?? 0}/${port.protocol ?? ''}`;
      const others = placed.get(key) ?? [];
      const here = { field, hostIP, hostPort };
      for (const other of others) {
        const relation = relationOf(here, other);
        if (relation === undefined) continue;
        warnings.push(`${field}: ${relation} port definition with ${other.field}`);
      }
      placed.set(key, [...others, here]);
    });
  }
  return warnings;
}

function relationOf(a: PlacedPort, b: PlacedPort): string | undefined {
  if (a.hostIP === b.hostIP && a.hostPort === b.hostPort) return 'duplicate';
  if (a.hostPort === 0 || b.hostPort === 0) return 'overlapping';
  const isAmbiguous = a.hostPort === b.hostPort && (a.hostIP === '') !== (b.hostIP === '');
  return isAmbiguous ? 'dangerously ambiguous' : undefined;
}

/** As Go prints the struct. */
function shownPort(port: Partial<ContainerPort>): string {
  const { name = '', hostPort = 0, containerPort = 0, protocol = '', hostIP = '' } = port;
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
}
