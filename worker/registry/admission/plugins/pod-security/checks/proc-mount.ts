import {
  type Check,
  type CheckedPod,
  containersOf,
  containersText,
  exceptInUserNamespace,
  joinQuote,
  sorted,
  type Violation,
} from '../check.ts';

/** `/proc` is masked as the runtime does it. */
export const PROC_MOUNT: Check = {
  id: 'procMount',
  level: 'baseline',
  versions: [
    { since: 0, check: checkProcMount },
    { since: 35, check: exceptInUserNamespace(checkProcMount) },
  ],
};

/** The same also where users are not the node's. */
export const PROC_MOUNT_RESTRICTED: Check = {
  id: 'procMount_restricted',
  level: 'restricted',
  versions: [{ since: 35, check: checkProcMount }],
  overrides: ['procMount'],
};

function checkProcMount({ spec }: CheckedPod): Violation | null {
  const bad = containersOf(spec).flatMap(({ name, securityContext }) => {
    const type = securityContext?.procMount;
    return type === undefined || type === 'Default' ? [] : [{ name, type }];
  });
  if (bad.length === 0) return null;
  const who = containersText(bad.map(({ name }) => name));
  const types = joinQuote(sorted(bad.map(({ type }) => type)));
  return {
    reason: 'procMount',
    detail: `${who} must not set securityContext.procMount to ${types}`,
  };
}
