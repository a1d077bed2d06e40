import type { Toleration } from 'kubernetes-types/core/v1.js';
import type { PodFields } from '../../resources/pod/fields.ts';
import type { AdmissionPlugin } from '../plugin.ts';

const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/**
 * Upstream's DefaultTolerationSeconds, without an end: pods stay on a node that is not ready, or not
 * to be reached, unless they say for how long (upstream: five minutes). Nodes are far away, and a
 * dead link says nothing about the machine behind it.
 */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  handles: ({ info, operation, subresource }) =>
    info.storage === 'pods' &&
    subresource === '' &&
    (operation === 'CREATE' || operation === 'UPDATE'),
  admit({ object }) {
    if (object === null) return;
    const spec: PodFields = object.spec ?? {};
    const tolerations = spec.tolerations ?? [];
    const missing = TAINTS.filter((taint) => !tolerations.some((t) => tolerates(t, taint)));
    if (missing.length === 0) return;
    spec.tolerations = [
      ...tolerations,
      ...missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute' })),
    ];
    object.spec = spec;
  },
};

const tolerates = ({ key, effect }: Toleration, taint: string): boolean =>
  (!key || key === taint) && (!effect || effect === 'NoExecute');
