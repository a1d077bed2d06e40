import type * as core from 'kubernetes-types/core/v1';
import type { DownwardFacts } from './downward.ts';
import { fieldValue, resourceValue } from './downward.ts';
import { expandVariables } from './expansion.ts';
import type { ObjectSource } from './object-source.ts';
import type { ContainerSpec, DesiredPod } from './pod.ts';

/** The container's configuration refers to something that is not there. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}

/** `=` and NUL cannot be in a variable's name; such keys of an `envFrom` are left out. */
const VALID_NAME = /^[^=\0]+$/;

/**
 * The container's environment: what every container has, then `envFrom`, then `env`, where later
 * entries win and may use earlier ones. Throws ContainerConfigError.
 */
export function resolveEnvironment(
  pod: DesiredPod,
  container: ContainerSpec,
  objects: ObjectSource,
  facts: DownwardFacts,
): Map<string, string> {
  const resolved = new Map(Object.entries(facts.serviceEnvironment));
  for (const source of container.envFrom ?? []) {
    for (const [key, value] of sourceEntries(pod, source, objects)) {
      const name = `${source.prefix ?? ''}${key}`;
      if (VALID_NAME.test(name)) resolved.set(name, value);
    }
  }
  for (const variable of container.env ?? []) {
    const value =
      variable.valueFrom === undefined
        ? expandVariables(variable.value ?? '', resolved)
        : referencedValue(pod, container, variable.valueFrom, objects, facts);
    if (value !== undefined) resolved.set(variable.name, value);
  }
  return resolved;
}

function sourceEntries(
  pod: DesiredPod,
  source: core.EnvFromSource,
  objects: ObjectSource,
): [string, string][] {
  const { namespace } = pod.metadata;
  if (source.configMapRef !== undefined) {
    const { name = '', optional } = source.configMapRef;
    const configMap = objects.configMap(namespace, name);
    if (configMap === undefined && optional !== true) throw notFound('configmap', name);
    return Object.entries(configMap?.data ?? {});
  }
  if (source.secretRef !== undefined) {
    const { name = '', optional } = source.secretRef;
    const secret = objects.secret(namespace, name);
    if (secret === undefined && optional !== true) throw notFound('secret', name);
    return Object.entries(secret?.data ?? {}).map(([key, value]) => [key, decode(value)]);
  }
  return [];
}

/** Undefined for an optional reference to nothing: the variable is left out. */
function referencedValue(
  pod: DesiredPod,
  container: ContainerSpec,
  source: core.EnvVarSource,
  objects: ObjectSource,
  facts: DownwardFacts,
): string | undefined {
  const { namespace } = pod.metadata;
  if (source.fieldRef !== undefined) return fieldValue(pod, source.fieldRef.fieldPath, facts);
  if (source.resourceFieldRef !== undefined) {
    return resourceValue(container, source.resourceFieldRef, facts);
  }
  if (source.configMapKeyRef !== undefined) {
    const { name = '', key, optional } = source.configMapKeyRef;
    const configMap = objects.configMap(namespace, name);
    const value = configMap?.data?.[key];
    if (value !== undefined || optional === true) return value;
    if (configMap === undefined) throw notFound('configmap', name);
    throw new ContainerConfigError(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`);
  }
  if (source.secretKeyRef !== undefined) {
    const { name = '', key, optional } = source.secretKeyRef;
    const secret = objects.secret(namespace, name);
    const value = secret?.data?.[key];
    if (value !== undefined) return decode(value);
    if (optional === true) return undefined;
    if (secret === undefined) throw notFound('secret', name);
    throw new ContainerConfigError(`couldn't find key ${key} in Secret ${namespace}/${name}`);
  }
  return undefined;
}

const decode = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

const notFound = (kind: string, name: string): ContainerConfigError =>
  new ContainerConfigError(`${kind} "${name}" not found`);
