import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { templateOf } from '../controller-revisions/revision.ts';
import type { ControllerRevision, Pod, StatefulSet } from '../kinds.ts';
import { podFactory } from '../pods/pod-from-template.ts';
import { hasClaimVolumes, withClaimVolumes } from './claims.ts';
import { POD_INDEX_LABEL, POD_NAME_LABEL, REVISION_LABEL } from './pod-facts.ts';
import { controllerRef, podName, startOrdinal } from './set-facts.ts';

/** The two revisions that a set's pods may be of. */
export interface Revisions {
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
}

/**
 * Which revision a new pod is made from. Below the partition it is the current one; without any
 * parameters of a rolling update, so many pods are as were there before.
 */
export function revisionFor(
  set: StatefulSet,
  ordinal: number,
  { current, update }: Revisions,
): ControllerRevision {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  const index = ordinal - startOrdinal(set);
  if (rollingUpdate !== undefined) return index < (rollingUpdate.partition ?? 0) ? current : update;
  const isKept = type === 'RollingUpdate' && index < (set.status?.currentReplicas ?? 0);
  return isKept ? current : update;
}

export function newPod(set: StatefulSet, ordinal: number, revisions: Revisions): KubernetesObject {
  const revision = revisionFor(set, ordinal, revisions);
  const template = templateOf(revision);
  const name = podName(set, ordinal);
  const { serviceName } = set.spec;
  const volumes = withClaimVolumes(set, ordinal, template.spec?.volumes);
  const spec = {
    containers: [],
    ...template.spec,
    hostname: name,
    ...(serviceName ? { subdomain: serviceName } : {}),
    ...(volumes.length === 0 ? {} : { volumes }),
  };
  const labels = {
    ...template.metadata?.labels,
    ...identityLabels(set, ordinal),
    [REVISION_LABEL]: revision.metadata.name,
  };
  const metadata = { ...template.metadata, labels };
  const pod = podFactory({ metadata, spec }, `${set.metadata.name}-`, controllerRef(set))();
  pod.metadata.name = name;
  return pod;
}

/** The pod with the labels and volumes that its ordinal calls for. */
export function repairedPod(set: StatefulSet, ordinal: number, pod: Pod): Pod {
  const { metadata, spec } = pod;
  return {
    ...pod,
    metadata: { ...metadata, labels: { ...metadata.labels, ...identityLabels(set, ordinal) } },
    spec: hasClaimVolumes(set, ordinal, spec.volumes)
      ? spec
      : { ...spec, volumes: withClaimVolumes(set, ordinal, spec.volumes) },
  };
}

function identityLabels(set: StatefulSet, ordinal: number): Record<string, string> {
  return { [POD_NAME_LABEL]: podName(set, ordinal), [POD_INDEX_LABEL]: String(ordinal) };
}
