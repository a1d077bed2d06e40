import type { LifecycleHandler, Probe } from 'kubernetes-types/core/v1.js';
import type { ContainerFields } from '../../../../resources/pod/fields.ts';
import { type Check, containersOf, joinQuote, plural, sorted } from '../check.ts';

/** Nodes are not sent to probe other hosts than the pod. */
export const HOST_PROBES: Check = {
  id: 'hostProbesAndHostLifecycle',
  level: 'baseline',
  versions: [
    {
      since: 34,
      check({ spec }) {
        const probing = containersOf(spec)
          .map((container) => ({ name: container.name, hosts: hostsOf(container) }))
          .filter(({ hosts }) => hosts.length > 0);
        if (probing.length === 0) return null;
        const names = sorted(probing.map(({ name }) => name));
        const hosts = sorted(probing.flatMap((container) => container.hosts));
        const detail = [
          plural(names.length, 'container'),
          joinQuote(names),
          plural(names.length, 'uses', 'use'),
          plural(hosts.length, 'probe or lifecycle host'),
          joinQuote(hosts),
        ].join(' ');
        return { reason: 'probe or lifecycle host', detail };
      },
    },
  ],
};

function hostsOf(container: ContainerFields): string[] {
  const handlers: readonly (Probe | LifecycleHandler | undefined)[] = [
    container.livenessProbe,
    container.readinessProbe,
    container.startupProbe,
    container.lifecycle?.postStart,
    container.lifecycle?.preStop,
  ];
  return handlers.flatMap((handler) =>
    [handler?.httpGet?.host, handler?.tcpSocket?.host].filter(
      (host): host is string => host !== undefined && host !== '',
    ),
  );
}
