import type { PodSpec } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';

/** Warning texts for a pod that is created or updated. */
export function podWarnings(object: KubernetesObject, old: KubernetesObject | null): string[] {
  return old === null ? podSpecWarnings(object.spec as PodSpec, 'spec') : [];
}

/** Warnings about what a pod spec says at `path`; for pods and for templates. */
export function podSpecWarnings(spec: PodSpec, path: string): string[] {
  const warnings: string[] = [];
  for (const key of Object.keys(spec.nodeSelector ?? {})) {
    const replacement = REPLACED_NODE_LABELS[key];
    if (replacement !== undefined) {
      warnings.push(
        `${path}.nodeSelector[${key}]: deprecated since v1.14; use "${replacement}" instead`,
      );
    }
  }
  const lists = { initContainers: spec.initContainers, containers: spec.containers };
  for (const [list, containers] of Object.entries(lists)) {
    containers?.forEach((container, i) => {
      warnings.push(...duplicateEnvWarnings(container.env ?? [], `${path}.${list}[${i}]`));
      for (const kind of ['requests', 'limits'] as const) {
        for (const [name, amount] of Object.entries(container.resources?.[kind] ?? {})) {
          if (FRACTIONAL_BYTES.test(String(amount)) && BYTE_RESOURCES.has(name)) {
            const field = `${path}.${list}[${i}].resources.${kind}[${name}]`;
            warnings.push(
              `${field}: fractional byte value "${amount}" is invalid, must be an integer`,
            );
          }
        }
      }
    });
  }
  if (spec.terminationGracePeriodSeconds !== undefined && spec.terminationGracePeriodSeconds < 0) {
    warnings.push(
      `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
    );
  }
  return warnings;
}

const REPLACED_NODE_LABELS: Readonly<Record<string, string | undefined>> = {
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
};
const BYTE_RESOURCES = new Set(['memory', 'ephemeral-storage']);
const FRACTIONAL_BYTES = /m$/;

function duplicateEnvWarnings(env: readonly { name: string }[], path: string): string[] {
  const first = new Map<string, number>();
  const warnings: string[] = [];
  env.forEach(({ name }, i) => {
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, i);
    else
      warnings.push(
        `${path}.env[${i}]: hides previous definition of "${name}", which may be dropped when using apply`,
      );
  });
  return warnings;
}
