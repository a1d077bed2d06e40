import { type Check, containersOf, containersText, plural, sorted } from '../check.ts';

/** No container listens on a port of the node. */
export const HOST_PORTS: Check = {
  id: 'hostPorts',
  level: 'baseline',
  versions: [
    {
      since: 0,
      check({ spec }) {
        const listening = containersOf(spec)
          .map(({ name, ports }) => ({
            name,
            ports: (ports ?? []).flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : [])),
          }))
          .filter(({ ports }) => ports.length > 0);
        if (listening.length === 0) return null;
        const ports = sorted(listening.flatMap((container) => container.ports));
        const who = containersText(listening.map(({ name }) => name));
        const uses = plural(listening.length, 'uses', 'use');
        const detail = `${who} ${uses} ${plural(ports.length, 'hostPort')} ${ports.join(', ')}`;
        return { reason: 'hostPort', detail };
      },
    },
  ],
};
