import {
  type Check,
  type CheckedPod,
  containersText,
  containersWhere,
  exceptOnWindows,
  type Violation,
} from '../check.ts';

/** No process comes to have more rights than the one that started it. */
export const ALLOW_PRIVILEGE_ESCALATION: Check = {
  id: 'allowPrivilegeEscalation',
  level: 'restricted',
  versions: [
    { since: 8, check: checkEscalation },
    { since: 25, check: exceptOnWindows(checkEscalation) },
  ],
};

function checkEscalation({ spec }: CheckedPod): Violation | null {
  const bad = containersWhere(spec, (c) => c.securityContext?.allowPrivilegeEscalation !== false);
  if (bad.length === 0) return null;
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${containersText(bad)} must set securityContext.allowPrivilegeEscalation=false`,
  };
}
