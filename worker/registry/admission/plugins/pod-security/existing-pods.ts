import type { KubernetesObject } from '../../../../../apimachinery/meta.ts';
import { controllerOf } from '../../../../../apimachinery/owner-references.ts';
import { evaluatePod, reasonsText } from './evaluate.ts';
import { formatStandard, type Standard } from './policy.ts';

/** Pods that are looked at when a namespace comes to enforce something. */
const MAX_PODS = 3000;

/**
 * Warnings about the pods of a namespace that would not be admitted under its new standard; pods
 * with the same shortcomings are told together.
 */
export function existingPodWarnings(
  namespace: string,
  standard: Standard,
  pods: readonly KubernetesObject[],
): string[] {
  const checked = oneOfEachFirst(pods).slice(0, MAX_PODS);
  const byReason = new Map<string, string[]>();
  for (const { metadata, spec } of checked) {
    const violations = evaluatePod(standard, { metadata, spec: spec ?? {} });
    if (violations.length === 0) continue;
    const reason = reasonsText(violations);
    byReason.set(reason, [...(byReason.get(reason) ?? []), metadata.name ?? '']);
  }
  const enforced = formatStandard(standard);
  return [
    ...(checked.length < pods.length
      ? [
          `new PodSecurity enforce level only checked against the first ${checked.length} of ${pods.length} existing pods`,
        ]
      : []),
    ...(byReason.size === 0
      ? []
      : [
          `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${enforced}"`,
        ]),
    ...[...byReason].map(([reason, names]) => `${podsText(names)}: ${reason}`).sort(),
  ];
}

/** Pods of one controller are alike: the others of them come last. */
function oneOfEachFirst(pods: readonly KubernetesObject[]): KubernetesObject[] {
  const seen = new Set<string>();
  const [first, others]: [KubernetesObject[], KubernetesObject[]] = [[], []];
  for (const pod of pods) {
    const uid = controllerOf(pod)?.uid;
    if (uid !== undefined && seen.has(uid)) others.push(pod);
    else first.push(pod);
    if (uid !== undefined) seen.add(uid);
  }
  return [...first, ...others];
}

function podsText(names: string[]): string {
  const [first = '', ...others] = names.sort();
  if (others.length === 0) return first;
  return `${first} (and ${others.length} other ${others.length === 1 ? 'pod' : 'pods'})`;
}
