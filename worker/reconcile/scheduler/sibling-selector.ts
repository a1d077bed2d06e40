import type { LabelSelectorSource } from '../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { controllerOf } from '../../../apimachinery/owner-references.ts';
import type { Pod } from '../kinds.ts';

type Labels = Readonly<Record<string, string>>;

/** Kinds of controllers whose selector says which pods belong together, and their resources. */
const CONTROLLERS: Readonly<Record<string, string>> = {
  'v1/ReplicationController': 'replicationcontrollers',
  'apps/v1/ReplicaSet': 'replicasets.apps',
  'apps/v1/StatefulSet': 'statefulsets.apps',
};

/**
 * The pods that the system's default constraints spread a pod with: those that its services and its
 * controller select, all at once; undefined when nothing selects it. (Upstream: `DefaultSelector`,
 * plugins/helper/spread.go.)
 */
export function siblingSelector(
  pod: Pod,
  services: readonly KubernetesObject[],
  read: (resource: string, name: string) => KubernetesObject | null,
): LabelSelectorSource | undefined {
  const labels = pod.metadata.labels ?? {};
  const selectors = services
    .map((service) => (service['spec'] as { selector?: Labels } | undefined)?.selector ?? {})
    .filter((selector) => selects(selector, labels));
  const matchLabels: Record<string, string> = Object.assign({}, ...selectors);
  const owner = ownerSelector(pod, read);
  Object.assign(matchLabels, owner.matchLabels);
  const { matchExpressions = [] } = owner;
  if (Object.keys(matchLabels).length + matchExpressions.length === 0) return undefined;
  return { matchLabels, ...(matchExpressions.length === 0 ? {} : { matchExpressions }) };
}

/** A service without a selector selects nothing. */
function selects(selector: Labels, labels: Labels): boolean {
  const entries = Object.entries(selector);
  return entries.length > 0 && entries.every(([key, value]) => labels[key] === value);
}

function ownerSelector(
  pod: Pod,
  read: (resource: string, name: string) => KubernetesObject | null,
): LabelSelectorSource {
  const reference = controllerOf(pod);
  if (reference === undefined) return {};
  const resource = CONTROLLERS[`${reference.apiVersion}/${reference.kind}`];
  const owner = resource === undefined ? null : read(resource, reference.name);
  if (owner === null || owner.metadata.uid !== reference.uid) return {};
  const selector = (owner['spec'] as { selector?: unknown } | undefined)?.selector ?? {};
  // A ReplicationController's selector is a plain set of labels.
  return resource === 'replicationcontrollers' ? { matchLabels: selector as Labels } : selector;
}
