import { type Check, containersText, containersWhere } from '../check.ts';

/** No container is as good as a process of the node. */
export const PRIVILEGED: Check = {
  id: 'privileged',
  level: 'baseline',
  versions: [
    {
      since: 0,
      check({ spec }) {
        const bad = containersWhere(spec, (c) => c.securityContext?.privileged === true);
        if (bad.length === 0) return null;
        const detail = `${containersText(bad)} must not set securityContext.privileged=true`;
        return { reason: 'privileged', detail };
      },
    },
  ],
};
