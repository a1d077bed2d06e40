import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import {
  byteLength,
  nameIsDNSSubdomain,
  validateDNS1123Label,
} from '../../../../apimachinery/names.ts';
import { quantityOf } from '../resource-names.ts';
import { validateClaimTemplate } from '../volumes/claim-spec.ts';
import {
  rangeText,
  validateAWSDisk,
  validateAzureDisk,
  validateCSIDriverName,
  validateFC,
  validateFlex,
  validateFlocker,
  validateGCEDisk,
  validateHostPath,
  validateISCSIName,
  validateNFS,
  validateQuobyte,
  validateRequired,
} from '../volumes/common-sources.ts';
import type { PodContext, VolumeFields } from './fields.ts';
import { validateProjected } from './projected-volume.ts';
import { validateLocalPath } from './validate-local-path.ts';
import { validateDownwardFile, validateKeyToPath, validateMode } from './volume-files.ts';

export type Volumes = ReadonlyMap<string, VolumeFields>;

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];

/** Validates the volumes of a pod, and collects the good ones by name for the mounts. */
export function validateVolumes(
  volumes: readonly VolumeFields[],
  path: string,
  context: PodContext,
): { named: Volumes; errors: FieldError[] } {
  const named = new Map<string, VolumeFields>();
  const { podName } = context;
  const made = new Set(
    podName ? volumes.flatMap((v) => (v.ephemeral ? [`${podName}-${v.name}`] : [])) : [],
  );
  const errors: FieldError[] = [];
  volumes.forEach((volume, i) => {
    const at = `${path}[${i}]`;
    const problems = validateSource(volume, at, context);
    const { name = '' } = volume as Partial<VolumeFields>;
    if (name === '') problems.push(required(`${at}.name`));
    else problems.push(...validateDNS1123Label(name).map((m) => invalid(`${at}.name`, name, m)));
    if (named.has(name)) problems.push(duplicate(`${at}.name`, name));
    if (problems.length === 0) named.set(name, volume);
    errors.push(...problems);
    const claim = volume.persistentVolumeClaim?.claimName ?? '';
    if (volume.persistentVolumeClaim !== undefined && made.has(claim)) {
      const detail = 'must not reference a PVC that gets created for an ephemeral volume';
      errors.push(invalid(`${at}.persistentVolumeClaim.claimName`, claim, detail));
    }
  });
  return { named, errors };
}

interface SourceRule {
  /** As it is in the path of the error about a second source. */
  readonly shown?: string;
  /** As it is in the paths of all other errors. */
  readonly at?: string;
  /** Typed by the key that it stands under. */
  readonly validate: (volume: VolumeFields, path: string, context: PodContext) => FieldError[];
}

/** A rule for one source; `validate` gets it where it is there. */
const rule = <K extends keyof VolumeFields>(
  key: K,
  validate: (
    source: NonNullable<VolumeFields[K]>,
    path: string,
    context: PodContext,
    volume: VolumeFields,
  ) => FieldError[],
  names: { shown?: string; at?: string } = {},
): [K, SourceRule] => [
  key,
  {
    ...names,
    validate(volume, path, context) {
      const source = volume[key];
      return source === undefined || source === null
        ? []
        : validate(source, `${path}.${names.at ?? key}`, context, volume);
    },
  },
];

const needs =
  (...names: string[]) =>
  (source: object, path: string): FieldError[] =>
    validateRequired(source, names, path);

/** Every kind of volume, in the order in which upstream looks for them. */
const SOURCES: readonly [keyof VolumeFields, SourceRule][] = [
  rule('emptyDir', ({ sizeLimit }, path) => {
    const detail = 'SizeLimit field must be a valid resource quantity';
    return (quantityOf(sizeLimit)?.nano ?? 0n) < 0n ? [forbidden(`${path}.sizeLimit`, detail)] : [];
  }),
  rule('hostPath', validateHostPath),
  rule('gitRepo', (source, path) => [
    ...validateRequired(source, ['repository'], path),
    ...validateLocalPath(source.directory ?? '', `${path}.directory`),
  ]),
  rule('gcePersistentDisk', validateGCEDisk, { at: 'persistentDisk' }),
  rule('awsElasticBlockStore', validateAWSDisk),
  rule('secret', (source, path) => [
    ...validateRequired(source, ['secretName'], path),
    ...validateFiles(source, path),
  ]),
  rule('nfs', validateNFS),
  rule('iscsi', validateISCSI),
  rule('glusterfs', needs('endpoints', 'path')),
  rule('flocker', validateFlocker),
  rule('persistentVolumeClaim', needs('claimName')),
  rule('rbd', needs('monitors', 'image')),
  rule('cinder', (source, path) => [
    ...validateRequired(source, ['volumeID'], path),
    ...validateSecretNamed(source.secretRef, path),
  ]),
  rule('cephfs', needs('monitors'), { shown: 'cephFS' }),
  rule('quobyte', validateQuobyte),
  rule(
    'downwardAPI',
    (source, path) => [
      ...validateMode(source.defaultMode, `${path}.defaultMode`),
      ...(source.items ?? []).flatMap((file) => validateDownwardFile(file, path)),
    ],
    { shown: 'downwarAPI' },
  ),
  rule('fc', validateFC),
  rule('flexVolume', validateFlex),
  rule('configMap', (source, path) => [
    ...validateRequired(source, ['name'], path),
    ...validateFiles(source, path),
  ]),
  rule('azureFile', needs('secretName', 'shareName')),
  rule('vsphereVolume', needs('volumePath')),
  rule('photonPersistentDisk', needs('pdID')),
  rule('portworxVolume', needs('volumeID')),
  rule('azureDisk', validateAzureDisk),
  rule('storageos', validateStorageOS),
  rule('projected', validateProjected),
  rule('scaleIO', needs('gateway', 'system', 'volumeName')),
  rule('csi', validateCSI),
  rule('ephemeral', validateEphemeral),
  rule('image', (source, path, { isPod }) => {
    const { reference, pullPolicy = '' } = source;
    return [
      ...(isPod && !reference ? [required(`${path}.reference`)] : []),
      ...validatePullPolicy(pullPolicy, `${path}.pullPolicy`),
    ];
  }),
];

function validateSource(volume: VolumeFields, path: string, context: PodContext): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const [key, { shown, ...source }] of SOURCES) {
    if (volume[key] === undefined) continue;
    count++;
    if (count > 1) {
      const detail = 'may not specify more than 1 volume type';
      errors.push(forbidden(`${path}.${shown ?? key}`, detail));
    } else errors.push(...source.validate(volume, path, context));
  }
  if (count === 0) errors.push(required(path, 'must specify a volume type'));
  return errors;
}

export function validatePullPolicy(policy: string, field: string): FieldError[] {
  if (policy === '') return [required(field)];
  return PULL_POLICIES.includes(policy) ? [] : [notSupported(field, policy, PULL_POLICIES)];
}

function validateFiles(
  source: Pick<NonNullable<VolumeFields['configMap']>, 'items' | 'defaultMode'>,
  path: string,
): FieldError[] {
  return [
    ...validateMode(source.defaultMode, `${path}.defaultMode`),
    ...(source.items ?? []).flatMap((item, i) => validateKeyToPath(item, `${path}.items[${i}]`)),
  ];
}

function validateSecretNamed(reference: { name?: string } | undefined, path: string): FieldError[] {
  return reference === undefined || reference.name ? [] : [required(`${path}.secretRef.name`)];
}

const UNKNOWN_NAME = 'must be valid format starting with iqn, eui, or naa';
const TOO_LONG_NAME =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';

function validateISCSI(
  source: NonNullable<VolumeFields['iscsi']>,
  path: string,
  _context: PodContext,
  volume: VolumeFields,
): FieldError[] {
  const { targetPortal = '', iqn = '', lun = 0, initiatorName } = source as Partial<typeof source>;
  const errors: FieldError[] = [];
  if (targetPortal === '') errors.push(required(`${path}.targetPortal`));
  errors.push(
    ...(iqn === ''
      ? [required(`${path}.iqn`)]
      : validateISCSIName(iqn, `${path}.iqn`, UNKNOWN_NAME)),
  );
  if (lun < 0 || lun > 255) errors.push(invalid(`${path}.lun`, lun, rangeText(0, 255)));
  const needsSecret = source.chapAuthDiscovery === true || source.chapAuthSession === true;
  if (needsSecret && source.secretRef === undefined) errors.push(required(`${path}.secretRef`));
  if (initiatorName === undefined) return errors;
  errors.push(...validateISCSIName(initiatorName, `${path}.initiatorname`, UNKNOWN_NAME));
  const { name = '' } = volume as Partial<VolumeFields>;
  if (byteLength(`${name}:${targetPortal}`) > 64) {
    errors.push(invalid(path.replace(/iscsi$/, 'name'), name, TOO_LONG_NAME));
  }
  return errors;
}

function validateStorageOS(
  source: NonNullable<VolumeFields['storageos']>,
  path: string,
): FieldError[] {
  const { volumeName = '', volumeNamespace = '', secretRef } = source;
  const label = (value: string, name: string): FieldError[] =>
    validateDNS1123Label(value).map((m) => invalid(`${path}.${name}`, value, m));
  return [
    ...(volumeName === '' ? [required(`${path}.volumeName`)] : label(volumeName, 'volumeName')),
    ...(volumeNamespace === '' ? [] : label(volumeNamespace, 'volumeNamespace')),
    ...validateSecretNamed(secretRef, path),
  ];
}

function validateCSI(source: NonNullable<VolumeFields['csi']>, path: string): FieldError[] {
  const errors = validateCSIDriverName(source.driver ?? '', `${path}.driver`);
  const reference = source.nodePublishSecretRef;
  if (reference === undefined) return errors;
  const { name = '' } = reference;
  if (name === '') return [...errors, required(`${path}.nodePublishSecretRef.name`)];
  return [
    ...errors,
    ...nameIsDNSSubdomain(name, false).map((m) => invalid(`${path}.name`, name, m)),
  ];
}

function validateEphemeral(
  source: NonNullable<VolumeFields['ephemeral']>,
  path: string,
  { podName }: PodContext,
  volume: VolumeFields,
): FieldError[] {
  const template = source.volumeClaimTemplate;
  const field = `${path}.volumeClaimTemplate`;
  const errors =
    template === undefined ? [required(field)] : validateClaimTemplate(template, field);
  const { name = '' } = volume as Partial<VolumeFields>;
  if (!podName || name === '') return errors;
  const claim = `${podName}-${name}`;
  return [
    ...errors,
    ...nameIsDNSSubdomain(claim, false).map((m) =>
      invalid(path.replace(/ephemeral$/, 'name'), name, `PVC name ${JSON.stringify(claim)}: ${m}`),
    ),
  ];
}
