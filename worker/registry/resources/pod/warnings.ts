import type { PodSpec } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject, ObjectMeta } from '../../../../apimachinery/meta.ts';
import { ipWarnings } from '../../addresses/ip-warnings.ts';
import { quantityOf } from '../resource-names.ts';
import { podNameWarnings } from '../workload.ts';
import { type PodFields, visitContainers } from './fields.ts';
import { affinityWarnings, nodeLabelWarnings } from './placement-warnings.ts';
import { portWarnings } from './port-warnings.ts';
import { APPARMOR_CONTAINER, SECCOMP_CONTAINER, SECCOMP_POD } from './security-profiles.ts';
import { volumeWarnings } from './volume-warnings.ts';

type Metadata = Pick<ObjectMeta, 'annotations'>;

const DEAD_ANNOTATIONS: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod':
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls':
    'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls':
    'non-functional in v1.11+; use the "sysctls" field instead',
};
const BYTES = ['memory', 'ephemeral-storage'];

/** Warning texts for a pod that is created or updated. */
export function podWarnings(object: KubernetesObject, old: KubernetesObject | null): string[] {
  // A pod's spec hardly changes: what there is to say was said when it was made.
  if (old !== null) return [];
  return [
    ...podNameWarnings(object),
    ...specWarnings(object.spec ?? {}, object.metadata, 'spec', 'metadata', false),
  ];
}

/** Warnings about the template of pods at `path`. */
export function podTemplateWarnings(
  template: { metadata?: Metadata; spec?: PodSpec },
  path: string,
): string[] {
  if (template.spec === undefined) return [];
  const [spec, metadata] = [template.spec as PodFields, template.metadata ?? {}];
  return specWarnings(spec, metadata, `${path}.spec`, `${path}.metadata`, true);
}

function specWarnings(
  spec: PodFields,
  { annotations = {} }: Metadata,
  path: string,
  metadataPath: string,
  isTemplate: boolean,
): string[] {
  return [
    ...nodeLabelWarnings(spec, path),
    ...Object.entries(DEAD_ANNOTATIONS).flatMap(([key, text]) =>
      Object.hasOwn(annotations, key) ? [`${metadataPath}.annotations[${key}]: ${text}`] : [],
    ),
    ...volumeWarnings(spec.volumes ?? [], `${path}.volumes`),
    ...duplicateWarnings(spec, path),
    ...fractionWarnings(spec.overhead, `${path}.overhead`),
    ...profileWarnings(spec, annotations, path, metadataPath, isTemplate),
    ...portWarnings(spec, path),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [
          `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
    ...affinityWarnings(spec.affinity, `${path}.affinity`),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((ip, i) =>
      ipWarnings(ip, `${path}.dnsConfig.nameservers[${i}]`),
    ),
    ...(spec.hostAliases ?? []).flatMap(({ ip }: { ip?: string }, i) =>
      ipWarnings(ip ?? '', `${path}.hostAliases[${i}].ip`),
    ),
  ];
}

function duplicateWarnings(spec: PodFields, path: string): string[] {
  const warnings: string[] = [];
  const repeated = (list: readonly string[], field: (i: number) => string, what: string): void => {
    const seen = new Set<string>();
    list.forEach((value, i) => {
      if (seen.has(value)) {
        warnings.push(`${field(i)}: duplicate ${what} ${JSON.stringify(value)}`);
      }
      seen.add(value);
    });
  };
  const ips = (spec.hostAliases ?? []).map(({ ip }: { ip?: string }) => ip ?? '');
  repeated(ips, (i) => `${path}.hostAliases[${i}].ip`, 'ip');
  const names = (spec.imagePullSecrets ?? []).map(({ name }) => name ?? '');
  const field = (i: number): string => `${path}.imagePullSecrets[${i}].name`;
  repeated(names, field, 'name');
  names.forEach((name, i) => {
    if (name === '') warnings.push(`${field(i)}: invalid empty name ""`);
  });
  return warnings;
}

function fractionWarnings(
  list: Readonly<Record<string, string>> | undefined,
  path: string,
): string[] {
  return BYTES.flatMap((name) => {
    const amount = quantityOf(list?.[name]);
    return amount === undefined || amount.toMilli() % 1000n === 0n
      ? []
      : [
          `${path}[${name}]: fractional byte value ${JSON.stringify(amount.toString())} is invalid, must be an integer`,
        ];
  });
}

function profileWarnings(
  spec: PodFields,
  annotations: Readonly<Record<string, string>>,
  path: string,
  metadataPath: string,
  isTemplate: boolean,
): string[] {
  const warnings: string[] = [];
  const about = (key: string, text: string): void => {
    if (Object.hasOwn(annotations, key)) {
      warnings.push(`${metadataPath}.annotations[${key}]: ${text}`);
    }
  };
  const useSeccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead';
  if (spec.securityContext?.seccompProfile === undefined) about(SECCOMP_POD, useSeccomp);
  for (const { container, at } of visitContainers(spec, path)) {
    const context = container.securityContext;
    if (context?.seccompProfile === undefined) {
      about(`${SECCOMP_CONTAINER}${container.name}`, useSeccomp);
    }
    const profile = context?.appArmorProfile ?? spec.securityContext?.appArmorProfile;
    if (isTemplate && profile === undefined) {
      const text = 'deprecated since v1.30; use the "appArmorProfile" field instead';
      about(`${APPARMOR_CONTAINER}${container.name}`, text);
    }
    warnings.push(
      ...fractionWarnings(container.resources?.limits, `${at}.resources.limits`),
      ...fractionWarnings(container.resources?.requests, `${at}.resources.requests`),
      ...envWarnings(container.env ?? [], at),
    );
  }
  return warnings;
}

/** A variable that is set again may be meant to build on itself; else the first is lost. */
function envWarnings(
  env: readonly { name: string; value?: string; valueFrom?: object }[],
  path: string,
): string[] {
  const seen = new Set<string>();
  return env.flatMap(({ name, value = '', valueFrom }, i) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const itself = `$(${name})`;
    const buildsOnItself = valueFrom === undefined && value !== itself && value.includes(itself);
    return buildsOnItself
      ? []
      : [
          `${path}.env[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
        ];
  });
}
