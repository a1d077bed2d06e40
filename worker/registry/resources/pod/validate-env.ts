import type { EnvFromSource, EnvVar } from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  invalid,
  notFound,
  required,
} from '../../../../apimachinery/field-error.ts';
import {
  nameIsDNSSubdomain,
  validateConfigMapKey,
  validateRelaxedEnvVarName,
} from '../../../../apimachinery/names.ts';
import { ENV_FIELD_PATHS, validateFieldRef, validateResourceFieldRef } from './field-refs.ts';
import { type EnvSourceFields, type PodFields, visitContainers } from './fields.ts';
import { validateFilePath } from './validate-local-path.ts';
import type { Volumes } from './validate-volumes.ts';

const SOURCES = [
  'fieldRef',
  'resourceFieldRef',
  'configMapKeyRef',
  'secretKeyRef',
  'fileKeyRef',
] as const;

export function validateEnv(env: readonly EnvVar[], path: string): FieldError[] {
  return env.flatMap((variable: Partial<EnvVar>, i) => {
    const at = `${path}[${i}]`;
    const { name } = variable;
    const errors = name
      ? validateRelaxedEnvVarName(name).map((m) => invalid(`${at}.name`, name, m))
      : [required(`${at}.name`)];
    const source = variable.valueFrom;
    if (source === undefined) return errors;
    return [...errors, ...validateSource(variable, source, `${at}.valueFrom`)];
  });
}

function validateSource(
  variable: Partial<EnvVar>,
  source: EnvSourceFields,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const { fieldRef, resourceFieldRef, fileKeyRef } = source;
  if (fieldRef !== undefined) {
    errors.push(...validateFieldRef(fieldRef, `${path}.fieldRef`, ENV_FIELD_PATHS));
  }
  if (resourceFieldRef !== undefined) {
    errors.push(...validateResourceFieldRef(resourceFieldRef, `${path}.resourceFieldRef`, false));
  }
  for (const kind of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = source[kind];
    if (reference === undefined) continue;
    const { name = '', key = '' } = reference as { name?: string; key?: string };
    const at = `${path}.${kind}`;
    errors.push(...nameIsDNSSubdomain(name, false).map((m) => invalid(`${at}.name`, name, m)));
    errors.push(
      ...(key === ''
        ? [required(`${at}.key`)]
        : validateConfigMapKey(key).map((m) => invalid(`${at}.key`, key, m))),
    );
  }
  if (fileKeyRef !== undefined) {
    errors.push(...validateFileKey(fileKeyRef, `${path}.fileKeyRef`));
  }
  const count = SOURCES.filter((kind) => source[kind] !== undefined).length;
  if (count === 0) {
    const detail =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    errors.push(invalid(path, '', detail));
  } else if (variable.value) {
    errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  } else if (count > 1) {
    errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  }
  return errors;
}

/** A variable from a file that an init container wrote into a volume (KEP-3721). */
function validateFileKey(
  reference: NonNullable<EnvSourceFields['fileKeyRef']>,
  path: string,
): FieldError[] {
  const { volumeName = '', path: file = '', key = '' } = reference;
  const errors: FieldError[] = [];
  if (key === '') errors.push(required(`${path}.key`));
  else errors.push(...validateRelaxedEnvVarName(key).map((m) => invalid(`${path}.key`, key, m)));
  if (volumeName === '') errors.push(required(`${path}.volumeName`));
  return [
    ...errors,
    ...(file === '' ? [required(`${path}.path`)] : validateFilePath(file, `${path}.path`)),
  ];
}

/** The volumes that variables are read from: the pod's own, and made anew with it. */
export function validateFileVolumes(spec: PodFields, path: string, volumes: Volumes): FieldError[] {
  return visitContainers(spec, path).flatMap(({ container, at }) =>
    (container.env ?? []).flatMap((variable: Partial<EnvVar>, i) => {
      const source: EnvSourceFields | undefined = variable.valueFrom;
      if (source?.fileKeyRef === undefined) return [];
      const { volumeName = '' } = source.fileKeyRef;
      const field = `${at}.env[${i}].valueFrom.fileKeyRef.volumeName`;
      const volume = volumes.get(volumeName);
      if (volume === undefined) return [notFound(field, volumeName)];
      const detail = 'referenced volume must be of type emptyDir';
      return volume.emptyDir === undefined ? [invalid(field, volumeName, detail)] : [];
    }),
  );
}

export function validateEnvFrom(sources: readonly EnvFromSource[], path: string): FieldError[] {
  return sources.flatMap((source, i) => {
    const at = `${path}[${i}]`;
    const errors: FieldError[] = [];
    const { prefix } = source;
    if (prefix) {
      const messages = validateRelaxedEnvVarName(prefix);
      errors.push(...messages.map((m) => invalid(`${at}.prefix`, prefix, m)));
    }
    const kinds = (['configMapRef', 'secretRef'] as const).filter((k) => source[k] !== undefined);
    for (const kind of kinds) {
      const name = source[kind]?.name ?? '';
      const field = `${at}.${kind}.name`;
      errors.push(
        ...(name === ''
          ? [required(field)]
          : nameIsDNSSubdomain(name, true).map((m) => invalid(field, name, m))),
      );
    }
    if (kinds.length === 0) {
      errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (kinds.length > 1) {
      errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
    }
    return errors;
  });
}
