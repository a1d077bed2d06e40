import type { KeyToPath, Volume } from 'kubernetes-types/core/v1.js';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  required,
} from '../../../../apimachinery/field-error.ts';
import { validateDNS1123Label } from '../../../../apimachinery/names.ts';
import { parseQuantity } from '../../../../apimachinery/quantity.ts';
import { validateFieldRef, VOLUME_FIELD_PATHS } from './validate-env.ts';
import { validateLocalPath } from './validate-local-path.ts';

const MODE_MESSAGE = 'must be a number between 0 and 0777 (octal), both inclusive';

/** The fields without which a volume source means nothing. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  configMap: ['name'],
  secret: ['secretName'],
  hostPath: ['path'],
  persistentVolumeClaim: ['claimName'],
  nfs: ['server', 'path'],
  csi: ['driver'],
  iscsi: ['targetPortal', 'iqn'],
  image: ['reference'],
};

/** Validates the volumes of a pod, and collects their names for the mounts. */
export function validateVolumes(
  volumes: readonly Volume[],
  path: string,
): { names: ReadonlySet<string>; errors: FieldError[] } {
  const names = new Set<string>();
  const errors = volumes.flatMap((volume, i) => {
    const at = `${path}[${i}]`;
    const problems = validateSource(volume, at);
    const { name } = volume;
    if (!name) return [...problems, required(`${at}.name`)];
    const messages = validateDNS1123Label(name);
    problems.push(...messages.map((m) => invalid(`${at}.name`, name, m)));
    if (names.has(name)) problems.push(duplicate(`${at}.name`, name));
    names.add(name);
    return problems;
  });
  return { names, errors };
}

function validateSource(volume: Volume, path: string): FieldError[] {
  const sources = Object.entries(volume).filter(([k, v]) => k !== 'name' && v !== undefined);
  if (sources.length === 0) return [required(path, 'must specify a volume type')];
  const errors: FieldError[] = [];
  for (const [kind] of sources.slice(1)) {
    errors.push(forbidden(`${path}.${kind}`, 'may not specify more than 1 volume type'));
  }
  const [kind = '', source] = sources[0] ?? [];
  for (const field of REQUIRED[kind] ?? []) {
    if (!(source as Record<string, unknown>)[field])
      errors.push(required(`${path}.${kind}.${field}`));
  }
  return [...errors, ...validateDetails(volume, path)];
}

function validateDetails(volume: Volume, path: string): FieldError[] {
  const { configMap, secret, emptyDir, hostPath, downwardAPI, projected } = volume;
  const errors: FieldError[] = [];
  if (configMap !== undefined) errors.push(...validateFiles(configMap, `${path}.configMap`));
  if (secret !== undefined) errors.push(...validateFiles(secret, `${path}.secret`));
  if (downwardAPI !== undefined) {
    errors.push(...validateMode(downwardAPI.defaultMode, `${path}.downwardAPI.defaultMode`));
    downwardAPI.items?.forEach((item, i) => {
      const at = `${path}.downwardAPI.items[${i}]`;
      errors.push(...validateItemPath(item.path, `${at}.path`));
      if (item.fieldRef !== undefined) {
        errors.push(...validateFieldRef(item.fieldRef, `${at}.fieldRef`, VOLUME_FIELD_PATHS));
      }
    });
  }
  if (projected !== undefined) {
    errors.push(...validateMode(projected.defaultMode, `${path}.projected.defaultMode`));
  }
  if (emptyDir?.sizeLimit !== undefined && parseQuantity(String(emptyDir.sizeLimit)).nano < 0n) {
    const detail = 'SizeLimit field must be a valid resource quantity';
    errors.push(forbidden(`${path}.emptyDir.sizeLimit`, detail));
  }
  if (hostPath?.path.split('/').includes('..')) {
    errors.push(invalid(`${path}.hostPath.path`, hostPath.path, "must not contain '..'"));
  }
  return errors;
}

function validateFiles(
  source: { items?: KeyToPath[]; defaultMode?: number },
  path: string,
): FieldError[] {
  const errors = validateMode(source.defaultMode, `${path}.defaultMode`);
  source.items?.forEach((item, i) => {
    const at = `${path}.items[${i}]`;
    if (!item.key) errors.push(required(`${at}.key`));
    errors.push(
      ...validateItemPath(item.path, `${at}.path`),
      ...validateMode(item.mode, `${at}.mode`),
    );
  });
  return errors;
}

function validateItemPath(value: string | undefined, field: string): FieldError[] {
  return value ? validateLocalPath(value, field) : [required(field)];
}

function validateMode(mode: number | undefined, field: string): FieldError[] {
  return mode === undefined || (mode >= 0 && mode <= 0o777)
    ? []
    : [invalid(field, mode, MODE_MESSAGE)];
}
