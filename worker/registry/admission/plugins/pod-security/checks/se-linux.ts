import type { SELinuxOptions } from 'kubernetes-types/core/v1.js';
import {
  type Check,
  type CheckPod,
  containersOf,
  joinQuote,
  plural,
  settersText,
  sorted,
} from '../check.ts';

const TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t'];

/** Processes have a type that is for containers, and no user and role of their own. */
export const SE_LINUX_OPTIONS: Check = {
  id: 'seLinuxOptions',
  level: 'baseline',
  versions: [
    { since: 0, check: checkTypes(new Set(TYPES)) },
    { since: 31, check: checkTypes(new Set([...TYPES, 'container_engine_t'])) },
  ],
};

function checkTypes(allowed: ReadonlySet<string>): CheckPod {
  const isBad = (options: SELinuxOptions | undefined): options is SELinuxOptions =>
    options !== undefined &&
    (!allowed.has(options.type ?? '') || Boolean(options.user) || Boolean(options.role));
  return ({ spec }) => {
    const ofPod = spec.securityContext?.seLinuxOptions;
    const containers = containersOf(spec).filter((c) => isBad(c.securityContext?.seLinuxOptions));
    const setters = settersText(
      isBad(ofPod),
      containers.map(({ name }) => name),
    );
    if (setters === '') return null;
    const bad = [ofPod, ...containers.map((c) => c.securityContext?.seLinuxOptions)].filter(isBad);
    const types = sorted(bad.map(({ type = '' }) => type).filter((type) => !allowed.has(type)));
    const data = [
      ...(types.length === 0 ? [] : [`${plural(types.length, 'type')} ${joinQuote(types)}`]),
      ...(bad.some(({ user }) => user) ? ['user may not be set'] : []),
      ...(bad.some(({ role }) => role) ? ['role may not be set'] : []),
    ];
    const detail = `${setters} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}`;
    return { reason: 'seLinuxOptions', detail };
  };
}
