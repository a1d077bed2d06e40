import type { Binding, PodSpec, PodStatus } from 'kubernetes-types/core/v1.js';
import { required, notSupported } from '../../../../apimachinery/field-error.ts';
import type { Condition, KubernetesObject } from '../../../../apimachinery/meta.ts';
import { newConflict, newInvalid } from '../../../../apimachinery/status-error.ts';
import type { ResourceInfo } from '../../kind-table.ts';

/**
 * Puts a pod on a node as a v1 Binding asks: a copy of the pod with nodeName and the PodScheduled
 * condition set. `now` is the RFC 3339 time for the condition, where the caller has one.
 *
 * @throws StatusError Invalid (no target), or Conflict when the pod is already bound or deleted.
 */
export function applyBinding(
  info: ResourceInfo,
  pod: KubernetesObject,
  sent: KubernetesObject,
  now?: string,
): KubernetesObject {
  const { target } = sent as unknown as Partial<Binding>;
  const name = pod.metadata.name ?? '';
  const subject = { group: info.group, resource: 'pods/binding' };
  checkTarget(target, sent.metadata?.name ?? name);
  const nodeName = target?.name ?? '';
  const spec = pod.spec as PodSpec;
  if (sent.metadata?.uid && sent.metadata.uid !== pod.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${sent.metadata.uid}, UID in object meta: ${pod.metadata.uid}`;
    throw newConflict(subject, name, why);
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw newConflict(subject, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (spec.nodeName) {
    throw newConflict(subject, name, `pod ${name} is already assigned to node "${spec.nodeName}"`);
  }
  if ((spec.schedulingGates ?? []).length > 0) {
    throw newConflict(subject, name, `pod ${name} has non-empty .spec.schedulingGates`);
  }
  const status = (pod.status ?? {}) as PodStatus;
  const annotations = { ...pod.metadata.annotations, ...sent.metadata?.annotations };
  const labels = { ...pod.metadata.labels, ...sent.metadata?.labels };
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: { ...spec, nodeName },
    status: {
      ...status,
      conditions: withPodScheduled((status.conditions ?? []) as Condition[], now),
    },
  };
}

function checkTarget(target: Binding['target'] | undefined, name: string): void {
  if (target?.kind && target.kind !== 'Node' && target.kind !== 'Minion') {
    const error = notSupported('target.kind', target.kind, ['Node', '<empty>']);
    throw newInvalid('', 'Binding', name, [error]);
  }
  if (!target?.name) throw newInvalid('', 'Binding', name, [required('target.name')]);
}

function withPodScheduled(conditions: readonly Condition[], now: string | undefined): Condition[] {
  const others = conditions.filter((c) => c.type !== 'PodScheduled');
  return [
    ...others,
    {
      type: 'PodScheduled',
      status: 'True',
      lastProbeTime: null,
      ...(now === undefined ? {} : { lastTransitionTime: now }),
    },
  ];
}
