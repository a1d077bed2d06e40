import type { NodeSpec } from 'kubernetes-types/core/v1.js';
import type { AdmissionPlugin } from '../plugin.ts';

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

/**
 * Upstream's TaintNodesByCondition: a new node gets no pods before it is found to be ready
 * (plugin/pkg/admission/nodetaint).
 */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  handles: ({ info, operation, subresource }) =>
    info.storage === 'nodes' && operation === 'CREATE' && subresource === '',
  admit({ object }) {
    if (object === null) return;
    const spec: NodeSpec = object.spec ?? {};
    const taints = spec.taints ?? [];
    const { key, effect } = NOT_READY;
    if (taints.some((taint) => taint.key === key && taint.effect === effect)) return;
    object.spec = { ...spec, taints: [...taints, { ...NOT_READY }] };
  },
};
