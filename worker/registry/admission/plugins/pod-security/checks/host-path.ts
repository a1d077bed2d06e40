import { type Check, joinQuote, plural } from '../check.ts';

/** No volume is a directory of the node. */
export const HOST_PATH_VOLUMES: Check = {
  id: 'hostPathVolumes',
  level: 'baseline',
  versions: [
    {
      since: 0,
      check({ spec }) {
        const names = (spec.volumes ?? [])
          .filter(({ hostPath }) => hostPath !== undefined)
          .map(({ name }) => name);
        if (names.length === 0) return null;
        const detail = `${plural(names.length, 'volume')} ${joinQuote(names)}`;
        return { reason: 'hostPath volumes', detail };
      },
    },
  ],
};
