import { type Check, containersWhere, settersText } from '../check.ts';

/** No container runs as a process of a Windows node. */
export const WINDOWS_HOST_PROCESS: Check = {
  id: 'windowsHostProcess',
  level: 'baseline',
  versions: [
    {
      since: 0,
      check({ spec }) {
        const setters = settersText(
          spec.securityContext?.windowsOptions?.hostProcess === true,
          containersWhere(spec, (c) => c.securityContext?.windowsOptions?.hostProcess === true),
        );
        if (setters === '') return null;
        const detail = `${setters} must not set securityContext.windowsOptions.hostProcess=true`;
        return { reason: 'hostProcess', detail };
      },
    },
  ],
};
