import type { Affinity, NodeSelectorTerm } from 'kubernetes-types/core/v1.js';
import type { PodFields } from './fields.ts';

/** Labels of nodes that have a newer name, and since when. */
const REPLACED_LABELS: ReadonlyMap<string, readonly [since: string, name: string]> = new Map([
  ['beta.kubernetes.io/arch', ['v1.14', 'kubernetes.io/arch']],
  ['beta.kubernetes.io/os', ['v1.14', 'kubernetes.io/os']],
  ['failure-domain.beta.kubernetes.io/region', ['v1.17', 'topology.kubernetes.io/region']],
  ['failure-domain.beta.kubernetes.io/zone', ['v1.17', 'topology.kubernetes.io/zone']],
  ['beta.kubernetes.io/instance-type', ['v1.17', 'node.kubernetes.io/instance-type']],
]);
const NULL_SELECTOR = 'a null labelSelector results in matching no pod';

/** The newer name of a label of nodes, if it has one. */
export const newNodeLabelOf = (key: string | undefined): string | undefined =>
  REPLACED_LABELS.get(key ?? '')?.[1];

/** What a label of nodes that has a newer name is to be replaced by, as a warning tells. */
export function replacementOf(key: string | undefined): string | undefined {
  const replaced = REPLACED_LABELS.get(key ?? '');
  return replaced && `deprecated since ${replaced[0]}; use "${replaced[1]}" instead`;
}

/** Labels of nodes that have a newer name, wherever a pod asks for nodes by them. */
export function nodeLabelWarnings(spec: PodFields, path: string): string[] {
  const warnings = Object.keys(spec.nodeSelector ?? {}).flatMap((key) => {
    const text = replacementOf(key);
    return text === undefined ? [] : [`${path}.nodeSelector[${key}]: ${text}`];
  });
  const node = spec.affinity?.nodeAffinity;
  const at = `${path}.affinity.nodeAffinity`;
  node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.forEach((term, i) => {
    const field = `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]`;
    warnings.push(...termWarnings(term, field));
  });
  node?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ preference }, i) => {
    const field = `${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}].preference`;
    warnings.push(...termWarnings(preference, field));
  });
  spec.topologySpreadConstraints?.forEach(({ topologyKey, labelSelector }, i) => {
    const field = `${path}.topologySpreadConstraints[${i}]`;
    const text = replacementOf(topologyKey);
    if (text !== undefined) warnings.push(`${field}.topologyKey: ${topologyKey} is ${text}`);
    if (labelSelector === undefined) warnings.push(`${field}.labelSelector: ${NULL_SELECTOR}`);
  });
  return warnings;
}

/** Labels with newer names in one term of a node selector. */
export function termWarnings(term: NodeSelectorTerm | undefined, path: string): string[] {
  return (term?.matchExpressions ?? []).flatMap(({ key }, i) => {
    const text = replacementOf(key);
    return text === undefined ? [] : [`${path}.matchExpressions[${i}].key: ${key} is ${text}`];
  });
}

/** Terms that select no pods. */
export function affinityWarnings(affinity: Affinity | undefined, path: string): string[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((kind) => {
    const pods = affinity?.[kind];
    const needed = pods?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const wished = pods?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const at = `${path}.${kind}`;
    return [
      ...needed.flatMap(({ labelSelector }, i) =>
        labelSelector === undefined
          ? [
              `${at}.requiredDuringSchedulingIgnoredDuringExecution[${i}].labelSelector: ${NULL_SELECTOR}`,
            ]
          : [],
      ),
      ...wished.flatMap((term, i) =>
        term.podAffinityTerm?.labelSelector === undefined
          ? [
              `${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}].podAffinityTerm.labelSelector: ${NULL_SELECTOR}`,
            ]
          : [],
      ),
    ];
  });
}
