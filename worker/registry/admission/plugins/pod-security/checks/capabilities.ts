import type { ContainerFields } from '../../../../resources/pod/fields.ts';
import {
  type Check,
  type CheckedPod,
  containersOf,
  containersText,
  exceptOnWindows,
  joinQuote,
  sorted,
  type Violation,
} from '../check.ts';

/** What containers get that ask for nothing, without NET_RAW. */
const DEFAULTS: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

/** Containers add no capability beyond those that they have by default. */
export const CAPABILITIES_BASELINE: Check = {
  id: 'capabilities_baseline',
  level: 'baseline',
  versions: [
    {
      since: 0,
      check({ spec }) {
        const detail = addsText(containersOf(spec), (name) => DEFAULTS.has(name));
        return detail === null ? null : { reason: 'non-default capabilities', detail };
      },
    },
  ],
};

/** Containers drop all capabilities, and add one at most. */
export const CAPABILITIES_RESTRICTED: Check = {
  id: 'capabilities_restricted',
  level: 'restricted',
  versions: [
    { since: 22, check: checkRestricted },
    { since: 25, check: exceptOnWindows(checkRestricted) },
  ],
  overrides: ['capabilities_baseline'],
};

function checkRestricted({ spec }: CheckedPod): Violation | null {
  const containers = containersOf(spec);
  const keeping = containers.filter(
    ({ securityContext }) => securityContext?.capabilities?.drop?.includes('ALL') !== true,
  );
  const details = [
    ...(keeping.length === 0
      ? []
      : [
          `${containersText(keeping.map(({ name }) => name))} must set securityContext.capabilities.drop=["ALL"]`,
        ]),
    addsText(containers, (name) => name === 'NET_BIND_SERVICE'),
  ].filter((detail) => detail !== null);
  return details.length === 0
    ? null
    : { reason: 'unrestricted capabilities', detail: details.join('; ') };
}

function addsText(
  containers: readonly ContainerFields[],
  isAllowed: (name: string) => boolean,
): string | null {
  const adding = containers
    .map(({ name, securityContext }) => ({
      name,
      bad: (securityContext?.capabilities?.add ?? []).filter((added) => !isAllowed(added)),
    }))
    .filter(({ bad }) => bad.length > 0);
  if (adding.length === 0) return null;
  const who = containersText(adding.map(({ name }) => name));
  const what = joinQuote(sorted(adding.flatMap(({ bad }) => bad)));
  return `${who} must not include ${what} in securityContext.capabilities.add`;
}
