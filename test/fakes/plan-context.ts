import type { DesiredPod } from '../../node-agent/diff/pod.ts';
import type { PlanContext } from '../../node-agent/diff/volume-plan.ts';

/** What volumes of a pod are planned with on a node that has no config maps, secrets and tokens. */
export const emptyContext = (pod: DesiredPod): PlanContext => ({
  pod,
  objects: { configMap: () => undefined, secret: () => undefined },
  tokens: {
    token: () => {
      throw new Error('no token');
    },
  },
  facts: { hostIP: '', podIPs: [], allocatable: {}, serviceEnvironment: {} },
});
