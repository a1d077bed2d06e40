import {
  type Check,
  type CheckedPod,
  containersWhere,
  exceptInUserNamespace,
  settersText,
  type Violation,
} from '../check.ts';

/** Nobody asks to run as root. */
export const RUN_AS_USER: Check = {
  id: 'runAsUser',
  level: 'restricted',
  versions: [
    { since: 23, check: checkUser },
    { since: 35, check: exceptInUserNamespace(checkUser) },
  ],
};

function checkUser({ spec }: CheckedPod): Violation | null {
  const setters = settersText(
    spec.securityContext?.runAsUser === 0,
    containersWhere(spec, (c) => c.securityContext?.runAsUser === 0),
  );
  return setters === ''
    ? null
    : { reason: 'runAsUser=0', detail: `${setters} must not set runAsUser=0` };
}
