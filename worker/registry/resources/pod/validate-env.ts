import type {
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  ObjectFieldSelector,
} from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import {
  validateConfigMapKey,
  validateQualifiedName,
  validateRelaxedEnvVarName,
} from '../../../../apimachinery/names.ts';

const SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'];
/** Pod fields that a variable may take its value from. */
const ENV_FIELD_PATHS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
/** Pod fields that a file of a volume may take its text from. */
export const VOLUME_FIELD_PATHS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
/** Fields of a pod that have a name in field selectors and references, whether or not of use here. */
const FIELD_LABELS = [
  ...ENV_FIELD_PATHS,
  ...VOLUME_FIELD_PATHS,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
];
const RESOURCE_FIELDS = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

export function validateEnv(env: readonly EnvVar[], path: string): FieldError[] {
  return env.flatMap((variable, i) => {
    const at = `${path}[${i}]`;
    const { name } = variable;
    const errors = name
      ? validateRelaxedEnvVarName(name).map((m) => invalid(`${at}.name`, name, m))
      : [required(`${at}.name`)];
    if (variable.valueFrom === undefined) return errors;
    return [...errors, ...validateSource(variable, variable.valueFrom, `${at}.valueFrom`)];
  });
}

function validateSource(variable: EnvVar, source: EnvVarSource, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const given = Object.entries(source).filter(
    ([key, value]) => SOURCES.includes(key) && value !== undefined,
  );
  if (source.fieldRef !== undefined) {
    errors.push(...validateFieldRef(source.fieldRef, `${path}.fieldRef`, ENV_FIELD_PATHS));
  }
  if (source.resourceFieldRef !== undefined) {
    const { resource } = source.resourceFieldRef;
    const field = `${path}.resourceFieldRef.resource`;
    if (!resource) errors.push(required(field));
    else if (
      !RESOURCE_FIELDS.includes(resource) &&
      !/^(limits|requests)\.hugepages-/.test(resource)
    ) {
      errors.push(notSupported(field, resource, RESOURCE_FIELDS));
    }
  }
  for (const key of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = source[key];
    if (reference === undefined) continue;
    if (!reference.name) errors.push(required(`${path}.${key}.name`));
    if (!reference.key) errors.push(required(`${path}.${key}.key`));
    else {
      const messages = validateConfigMapKey(reference.key);
      errors.push(...messages.map((m) => invalid(`${path}.${key}.key`, reference.key, m)));
    }
  }
  if (given.length === 0) {
    const detail =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    errors.push(invalid(path, '', detail));
  } else if (variable.value) {
    errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  } else if (given.length > 1) {
    errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  }
  return errors;
}

/** A downward API reference to one of the `allowed` fields of the pod, or to a label or annotation. */
export function validateFieldRef(
  reference: ObjectFieldSelector,
  path: string,
  allowed: readonly string[],
): FieldError[] {
  if (!reference.apiVersion) return [required(`${path}.apiVersion`)];
  const { fieldPath } = reference;
  const field = `${path}.fieldPath`;
  if (!fieldPath) return [required(field)];
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath);
  if (subscript !== null) {
    const [, map = '', key = ''] = subscript;
    const checked = map === 'annotations' ? key.toLowerCase() : key;
    return validateQualifiedName(checked).map((m) => invalid(field, key, m));
  }
  if (!FIELD_LABELS.includes(fieldPath)) {
    const detail = `error converting fieldPath: field label not supported: ${fieldPath}`;
    return [invalid(field, fieldPath, detail)];
  }
  return allowed.includes(fieldPath) ? [] : [notSupported(field, fieldPath, allowed)];
}

export function validateEnvFrom(sources: readonly EnvFromSource[], path: string): FieldError[] {
  return sources.flatMap((source, i) => {
    const at = `${path}[${i}]`;
    const errors: FieldError[] = [];
    const { prefix, configMapRef, secretRef } = source;
    if (prefix) {
      const messages = validateRelaxedEnvVarName(prefix);
      errors.push(...messages.map((m) => invalid(`${at}.prefix`, prefix, m)));
    }
    if (configMapRef !== undefined && !configMapRef.name) {
      errors.push(required(`${at}.configMapRef.name`));
    }
    if (secretRef !== undefined && !secretRef.name) errors.push(required(`${at}.secretRef.name`));
    const count = [configMapRef, secretRef].filter((r) => r !== undefined).length;
    if (count === 0) {
      errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (count > 1) {
      errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
    }
    return errors;
  });
}
