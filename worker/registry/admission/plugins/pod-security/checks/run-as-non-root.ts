import {
  type Check,
  type CheckedPod,
  containersText,
  containersWhere,
  exceptInUserNamespace,
  settersText,
  type Violation,
} from '../check.ts';

/** It is asked for that no container runs as root. */
export const RUN_AS_NON_ROOT: Check = {
  id: 'runAsNonRoot',
  level: 'restricted',
  versions: [
    { since: 0, check: checkNonRoot },
    { since: 35, check: exceptInUserNamespace(checkNonRoot) },
  ],
};

const REASON = 'runAsNonRoot != true';

function checkNonRoot({ spec }: CheckedPod): Violation | null {
  const ofPod = spec.securityContext?.runAsNonRoot;
  const setters = settersText(
    ofPod === false,
    containersWhere(spec, (c) => c.securityContext?.runAsNonRoot === false),
  );
  if (setters !== '') {
    return { reason: REASON, detail: `${setters} must not set securityContext.runAsNonRoot=false` };
  }
  const silent =
    ofPod === true
      ? []
      : containersWhere(spec, (c) => c.securityContext?.runAsNonRoot === undefined);
  if (silent.length === 0) return null;
  return {
    reason: REASON,
    detail: `pod or ${containersText(silent)} must set securityContext.runAsNonRoot=true`,
  };
}
