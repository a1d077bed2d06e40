import type { VolumeDevice } from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { ContainerFields, VolumeMountFields } from './fields.ts';
import { validateLocalPath, validateNoBacksteps } from './validate-local-path.ts';
import type { Volumes } from './validate-volumes.ts';

const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None'];
const RECURSIVE = ['Disabled', 'Enabled', 'IfPossible'];

/** Where a container sees the pod's volumes, as directories and as raw devices. */
export function validateMounts(
  container: ContainerFields,
  path: string,
  volumes: Volumes,
): FieldError[] {
  return [
    ...validateVolumeMounts(container, `${path}.volumeMounts`, volumes),
    ...validateDevices(container, `${path}.volumeDevices`, volumes),
  ];
}

function validateVolumeMounts(
  container: ContainerFields,
  path: string,
  volumes: Volumes,
): FieldError[] {
  const devices = (container.volumeDevices ?? []) as Partial<VolumeDevice>[];
  const deviceNames = new Set(devices.map((d) => d.name ?? ''));
  const devicePaths = new Set(devices.map((d) => d.devicePath ?? ''));
  const places = new Set<string>();
  return (container.volumeMounts ?? []).flatMap((mount: Partial<VolumeMountFields>, i) => {
    const at = `${path}[${i}]`;
    const errors: FieldError[] = [];
    const { name = '', mountPath = '', subPath = '', subPathExpr = '' } = mount;
    if (name === '') errors.push(required(`${at}.name`));
    if (!volumes.has(name)) errors.push(notFound(`${at}.name`, name));
    if (mountPath === '') errors.push(required(`${at}.mountPath`));
    if (places.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'));
    places.add(mountPath);
    if (deviceNames.has(name)) {
      errors.push(invalid(`${at}.name`, name, 'must not already exist in volumeDevices'));
    }
    if (devicePaths.has(mountPath)) {
      const detail = 'must not already exist as a path in volumeDevices';
      errors.push(invalid(`${at}.mountPath`, mountPath, detail));
    }
    // From here on upstream's paths are those of the list.
    errors.push(...validateLocalPath(subPath, `${path}.subPath`));
    if (subPathExpr !== '') {
      if (subPath !== '') {
        const detail = 'subPathExpr and subPath are mutually exclusive';
        errors.push(invalid(`${at}.subPathExpr`, subPathExpr, detail));
      }
      errors.push(...validateLocalPath(subPathExpr, `${path}.subPathExpr`));
    }
    return [
      ...errors,
      ...validatePropagation(mount, container, `${path}.mountPropagation`),
      ...validateRecursiveReadOnly(mount, `${path}.recursiveReadOnly`),
    ];
  });
}

function validatePropagation(
  { mountPropagation }: Partial<VolumeMountFields>,
  container: ContainerFields,
  field: string,
): FieldError[] {
  if (mountPropagation === undefined) return [];
  const errors = PROPAGATIONS.includes(mountPropagation)
    ? []
    : [notSupported(field, mountPropagation, PROPAGATIONS)];
  if (mountPropagation === 'Bidirectional' && container.securityContext?.privileged !== true) {
    const detail = 'Bidirectional mount propagation is available only to privileged containers';
    errors.push(forbidden(field, detail));
  }
  return errors;
}

function validateRecursiveReadOnly(
  { recursiveReadOnly, readOnly, mountPropagation }: Partial<VolumeMountFields>,
  field: string,
): FieldError[] {
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return [];
  if (!RECURSIVE.includes(recursiveReadOnly)) {
    return [notSupported(field, recursiveReadOnly, RECURSIVE)];
  }
  const errors: FieldError[] = [];
  if (readOnly !== true) {
    errors.push(forbidden(field, 'may only be specified when readOnly is true'));
  }
  if (mountPropagation !== undefined && mountPropagation !== 'None') {
    const detail = 'may only be specified when mountPropagation is None or not specified';
    errors.push(forbidden(field, detail));
  }
  return errors;
}

function validateDevices(container: ContainerFields, path: string, volumes: Volumes): FieldError[] {
  const mounts = (container.volumeMounts ?? []) as Partial<VolumeMountFields>[];
  const mountNames = new Set(mounts.map((m) => m.name ?? ''));
  const mountPaths = new Set(mounts.map((m) => m.mountPath ?? ''));
  const [names, places] = [new Set<string>(), new Set<string>()];
  return (container.volumeDevices ?? []).flatMap((device: Partial<VolumeDevice>, i) => {
    const at = `${path}[${i}]`;
    const { name = '', devicePath = '' } = device;
    const errors: FieldError[] = [];
    const refuse = (field: 'name' | 'devicePath', detail: string): void => {
      errors.push(invalid(`${at}.${field}`, field === 'name' ? name : devicePath, detail));
    };
    if (name === '') errors.push(required(`${at}.name`));
    if (names.has(name)) refuse('name', 'must be unique');
    const volume = volumes.get(name);
    if (volume === undefined) errors.push(notFound(`${at}.name`, name));
    else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) {
      refuse(
        'name',
        'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
      );
    }
    if (devicePath === '') errors.push(required(`${at}.devicePath`));
    if (places.has(devicePath)) refuse('devicePath', 'must be unique');
    if (devicePath !== '' && validateNoBacksteps(devicePath, '').length > 0) {
      refuse('devicePath', "can not contain backsteps ('..')");
    } else places.add(devicePath);
    if (mountNames.has(name)) refuse('name', 'must not already exist in volumeMounts');
    if (mountPaths.has(devicePath)) {
      refuse('devicePath', 'must not already exist as a path in volumeMounts');
    }
    if (name !== '') names.add(name);
    return errors;
  });
}
