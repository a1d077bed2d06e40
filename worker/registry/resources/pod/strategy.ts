import type { PodSpec, PodStatus } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { formatTime } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import type { Strategy } from '../../strategy.ts';
import { keepAllButStatus, keepMetadata, keepStatus } from '../status-subresource.ts';
import { setPodDefaults } from './defaults.ts';
import { dropDisabledPodFields } from './drop-disabled.ts';
import { EPHEMERAL_CONTAINERS_SUBRESOURCE } from './ephemeral-containers.ts';
import type { PodFields } from './fields.ts';
import { computeQOSClass } from './qos-class.ts';
import { RESIZE_SUBRESOURCE } from './resize.ts';
import { mergeLabelKeys } from './label-keys.ts';
import { validatePod } from './validate-pod.ts';
import { validatePodStatusUpdate } from './validate-status.ts';
import { validatePodUpdate } from './validate-update.ts';
import { podWarnings } from './warnings.ts';

const specOf = (object: KubernetesObject): PodFields => object.spec ?? {};
const statusOf = (object: KubernetesObject): PodStatus => object.status ?? {};

export const podStrategy: Strategy = {
  setDefaults: setPodDefaults,

  prepareForCreate(object, { now }) {
    const spec = specOf(object);
    dropDisabledPodFields(spec as PodSpec);
    mergeLabelKeys(spec, object.metadata.labels ?? {});
    object.status = {
      phase: 'Pending',
      qosClass: computeQOSClass(spec),
      ...((spec.schedulingGates ?? []).length === 0
        ? {}
        : { conditions: [gatedCondition(formatTime(now))] }),
    };
  },

  validate: validatePod,

  prepareForUpdate(object, old) {
    keepStatus(object, old);
    dropDisabledPodFields(specOf(object) as PodSpec, specOf(old) as PodSpec);
  },
  validateUpdate: validatePodUpdate,
  warnings: podWarnings,
  validateName: nameIsDNSSubdomain,

  selectableFields(object) {
    const spec = specOf(object);
    const status = statusOf(object);
    return {
      'spec.nodeName': spec.nodeName ?? '',
      'spec.restartPolicy': spec.restartPolicy ?? '',
      'spec.schedulerName': spec.schedulerName ?? '',
      'spec.serviceAccountName': spec.serviceAccountName ?? '',
      'spec.hostNetwork': String(spec.hostNetwork ?? false),
      'status.phase': status.phase ?? '',
      'status.podIP': status.podIPs?.[0]?.ip ?? status.podIP ?? '',
      'status.nominatedNodeName': status.nominatedNodeName ?? '',
    };
  },

  /** A pod that no node has, or that is over, has nothing to wait for. */
  gracePeriodSeconds(object, requested) {
    const spec = specOf(object);
    const { phase } = statusOf(object);
    if (!spec.nodeName || phase === 'Failed' || phase === 'Succeeded') return 0;
    const seconds = requested ?? spec.terminationGracePeriodSeconds ?? 30;
    // Negative means "at once, but let the node know", for which upstream uses one second.
    return seconds < 0 ? 1 : seconds;
  },

  subresources: {
    binding: { keepsGeneration: true, prepareForUpdate: () => undefined },
    ephemeralcontainers: EPHEMERAL_CONTAINERS_SUBRESOURCE,
    resize: RESIZE_SUBRESOURCE,
    status: {
      resetFields: ['spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences'],
      prepareForUpdate(object, old) {
        keepAllButStatus(object, old);
        // Old nodes are known to lose them.
        keepMetadata(object, old, 'ownerReferences');
        const status = statusOf(object);
        // Computed once on creation; what a node sends cannot take it away.
        status.qosClass ??= statusOf(old).qosClass ?? computeQOSClass(specOf(old));
        object.status = status;
      },
      validateUpdate: validatePodStatusUpdate,
    },
  },
  hasGeneration: true,
  allowUnconditionalUpdate: true,
};

function gatedCondition(now: string): Record<string, unknown> {
  return {
    type: 'PodScheduled',
    status: 'False',
    lastProbeTime: null,
    lastTransitionTime: now,
    reason: 'SchedulingGated',
    message: 'Scheduling is blocked due to non-empty scheduling gates',
  };
}
