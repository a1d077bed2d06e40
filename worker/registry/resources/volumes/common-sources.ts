import type {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  FCVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  GCEPersistentDiskVolumeSource,
  HostPathVolumeSource,
  NFSVolumeSource,
  QuobyteVolumeSource,
} from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../../../../apimachinery/field-error.ts';
import { byteLength, validateDNS1123Subdomain } from '../../../../apimachinery/names.ts';
import { validateNoBacksteps } from '../pod/validate-local-path.ts';

/** Rules of the kinds of volumes that pods and persistent volumes share. */

/** `names` are fields of the source that may not be empty, in order. */
export function validateRequired(
  source: object,
  names: readonly string[],
  path: string,
): FieldError[] {
  const fields = source as Readonly<Record<string, unknown>>;
  return names.flatMap((name) => {
    const value = fields[name];
    const isEmpty = !value || (Array.isArray(value) && value.length === 0);
    return isEmpty ? [required(`${path}.${name}`)] : [];
  });
}

/** `must be between <min> and <max>, inclusive`. */
export const rangeText = (min: number, max: number): string =>
  `must be between ${min} and ${max}, inclusive`;

/** Types of host paths, in the order of their values. */
const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

export function validateHostPath(source: HostPathVolumeSource, path: string): FieldError[] {
  if (!source.path) return [required(`${path}.path`)];
  const { type } = source;
  return [
    ...validateNoBacksteps(source.path, `${path}.path`),
    ...(type === undefined || HOST_PATH_TYPES.includes(type)
      ? []
      : [notSupported(`${path}.type`, type, HOST_PATH_TYPES)]),
  ];
}

function validatePartition(partition: number | undefined, path: string): FieldError[] {
  return partition === undefined || (partition >= 0 && partition <= 255)
    ? []
    : [invalid(`${path}.partition`, partition, rangeText(1, 255))];
}

export const validateGCEDisk = (
  source: GCEPersistentDiskVolumeSource,
  path: string,
): FieldError[] => [
  ...validateRequired(source, ['pdName'], path),
  ...validatePartition(source.partition, path),
];

export const validateAWSDisk = (
  source: AWSElasticBlockStoreVolumeSource,
  path: string,
): FieldError[] => [
  ...validateRequired(source, ['volumeID'], path),
  ...validatePartition(source.partition, path),
];

export function validateNFS(source: NFSVolumeSource, path: string): FieldError[] {
  const errors = validateRequired(source, ['server', 'path'], path);
  const directory = source.path ?? '';
  if (!directory.startsWith('/')) {
    errors.push(invalid(`${path}.path`, directory, 'must be an absolute path'));
  }
  return errors;
}

export function validateFlocker(source: FlockerVolumeSource, path: string): FieldError[] {
  const { datasetName = '', datasetUUID = '' } = source;
  const errors: FieldError[] = [];
  if (datasetName === '' && datasetUUID === '') {
    errors.push(required(path, 'one of datasetName and datasetUUID is required'));
  }
  if (datasetName !== '' && datasetUUID !== '') {
    const detail = 'datasetName and datasetUUID can not be specified simultaneously';
    errors.push(invalid(path, 'resource', detail));
  }
  if (datasetName.includes('/')) {
    errors.push(invalid(`${path}.datasetName`, datasetName, "must not contain '/'"));
  }
  return errors;
}

const PAIRS = 'must be a host:port pair or multiple pairs separated by commas';

export function validateQuobyte(source: QuobyteVolumeSource, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { registry, tenant = '' }: Partial<QuobyteVolumeSource> = source;
  if (!registry) errors.push(required(`${path}.registry`, PAIRS));
  else if (byteLength(tenant) >= 65) {
    const detail = 'must be a UUID and may not exceed a length of 64 characters';
    errors.push(required(`${path}.tenant`, detail));
  } else {
    for (const pair of registry.split(',')) {
      if (/^([^:[\]]*|\[[^[\]]*\]):[^:[\]]*$/.test(pair)) continue;
      errors.push(invalid(`${path}.registry`, registry, PAIRS));
    }
  }
  return [...errors, ...validateRequired(source, ['volume'], path)];
}

export function validateFC(source: FCVolumeSource, path: string): FieldError[] {
  const names = source.targetWWNs ?? [];
  const ids = source.wwids ?? [];
  const errors: FieldError[] = [];
  const field = `${path}.targetWWNs`;
  if (names.length === 0 && ids.length === 0) {
    errors.push(required(field, 'must specify either targetWWNs or wwids, but not both'));
  }
  if (names.length > 0 && ids.length > 0) {
    const detail = 'targetWWNs and wwids can not be specified simultaneously';
    errors.push(invalid(field, names, detail));
  }
  if (names.length === 0) return errors;
  const { lun } = source;
  if (lun === undefined) {
    errors.push(required(`${path}.lun`, 'lun is required if targetWWNs is specified'));
  } else if (lun < 0 || lun > 255) errors.push(invalid(`${path}.lun`, lun, rangeText(0, 255)));
  return errors;
}

export function validateFlex(
  source: Pick<FlexVolumeSource, 'driver' | 'options'>,
  path: string,
): FieldError[] {
  const errors = validateRequired(source, ['driver'], path);
  for (const key of Object.keys(source.options ?? {})) {
    const domain = `.${(key.split('/')[0] ?? '').toLowerCase()}`;
    if (!domain.endsWith('.kubernetes.io') && !domain.endsWith('.k8s.io')) continue;
    const detail = 'kubernetes.io and k8s.io namespaces are reserved';
    errors.push(invalid(`${path}.options[${key}]`, key, detail));
  }
  return errors;
}

const MANAGED_URI =
  '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
const BLOB_URI = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';

export function validateAzureDisk(source: AzureDiskVolumeSource, path: string): FieldError[] {
  const errors = validateRequired(source, ['diskName', 'diskURI'], path);
  const { cachingMode, kind, diskURI = '' } = source as Partial<AzureDiskVolumeSource>;
  const modes = ['None', 'ReadOnly', 'ReadWrite'];
  if (cachingMode !== undefined && !modes.includes(cachingMode)) {
    errors.push(notSupported(`${path}.cachingMode`, cachingMode, modes));
  }
  if (kind === undefined) return errors;
  const kinds = ['Dedicated', 'Managed', 'Shared'];
  if (!kinds.includes(kind)) errors.push(notSupported(`${path}.kind`, kind, kinds));
  const isManaged = kind === 'Managed';
  if (!diskURI.startsWith(isManaged ? '/subscriptions/' : 'https://')) {
    errors.push(notSupported(`${path}.diskURI`, diskURI, [isManaged ? MANAGED_URI : BLOB_URI]));
  }
  return errors;
}

/** Names of initiators and targets, by how they begin. */
const ISCSI_NAMES: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
};

/** `unknownText` is for a name that begins like none. */
export function validateISCSIName(name: string, field: string, unknownText: string): FieldError[] {
  const rule = ISCSI_NAMES[name.slice(0, 3)];
  if (rule === undefined) return [invalid(field, name, unknownText)];
  return rule.test(name) ? [] : [invalid(field, name, 'must be valid format')];
}

export function validateCSIDriverName(name: string, field: string): FieldError[] {
  if (name === '') return [required(field)];
  return [
    ...(byteLength(name) > 63 ? [tooLong(field, 63)] : []),
    ...validateDNS1123Subdomain(name.toLowerCase()).map((m) => invalid(field, name, m)),
  ];
}
