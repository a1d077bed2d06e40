import type { Check } from '../check.ts';

/** A pod shares no namespaces with the node. */
export const HOST_NAMESPACES: Check = {
  id: 'hostNamespaces',
  level: 'baseline',
  versions: [
    {
      since: 0,
      check({ spec }) {
        const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter(
          (field) => spec[field] === true,
        );
        return shared.length === 0
          ? null
          : {
              reason: 'host namespaces',
              detail: shared.map((field) => `${field}=true`).join(', '),
            };
      },
    },
  ],
};
