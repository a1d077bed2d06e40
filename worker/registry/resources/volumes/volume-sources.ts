import type { PersistentVolumeSpec } from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  required,
} from '../../../../apimachinery/field-error.ts';
import {
  byteLength,
  validateDNS1123Label,
  validateDNS1123Subdomain,
} from '../../../../apimachinery/names.ts';
import { validateNoBacksteps } from '../pod/validate-local-path.ts';
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
} from './common-sources.ts';

type Sources = Omit<
  PersistentVolumeSpec,
  | 'accessModes'
  | 'capacity'
  | 'claimRef'
  | 'mountOptions'
  | 'nodeAffinity'
  | 'persistentVolumeReclaimPolicy'
  | 'storageClassName'
  | 'volumeMode'
>;
type SourceName = keyof Sources;

interface VolumeContext {
  readonly spec: PersistentVolumeSpec;
  readonly name: string;
}

type Rule<K extends SourceName> = (
  source: NonNullable<Sources[K]>,
  path: string,
  context: VolumeContext,
) => FieldError[];

interface SourceRule {
  readonly name: SourceName;
  /** As it is in paths, where that is another name. */
  readonly shown: string;
  readonly validate: (context: VolumeContext, path: string) => FieldError[];
}

const rule = <K extends SourceName>(
  name: K,
  validate: Rule<K>,
  shown: string = name,
): SourceRule => ({
  name,
  shown,
  validate(context, path) {
    const source = context.spec[name];
    return source === undefined || source === null ? [] : validate(source, path, context);
  },
});

const needs =
  (...names: string[]) =>
  (source: object, path: string): FieldError[] =>
    validateRequired(source, names, path);

/** A secret that is named may be in a namespace that has to be named as well. */
function validateSecretReference(
  reference: { name?: string; namespace?: string } | undefined,
  path: string,
): FieldError[] {
  return reference === undefined ? [] : validateRequired(reference, ['name', 'namespace'], path);
}

/** Every kind of storage, in the order in which upstream looks for them. */
const SOURCES: readonly SourceRule[] = [
  rule('hostPath', validateHostPath),
  rule('gcePersistentDisk', (source, path) => validateGCEDisk(source, path.replace(/gceP/, 'p'))),
  rule('awsElasticBlockStore', validateAWSDisk),
  rule('glusterfs', (source, path) => {
    const { endpointsNamespace: namespace } = source;
    const field = `${path}.endpointsNamespace`;
    return [
      ...validateRequired(source, ['endpoints', 'path'], path),
      ...(namespace === undefined
        ? []
        : namespace === ''
          ? [
              invalid(
                field,
                namespace,
                'if the endpointnamespace is set, it must be a valid namespace name',
              ),
            ]
          : validateDNS1123Label(namespace).map((m) => invalid(field, namespace, m))),
    ];
  }),
  rule('flocker', validateFlocker),
  rule('nfs', validateNFS),
  rule('rbd', needs('monitors', 'image')),
  rule('quobyte', validateQuobyte),
  rule('cephfs', needs('monitors'), 'cephFS'),
  rule('iscsi', validateISCSI),
  rule('cinder', (source, path) => [
    ...validateRequired(source, ['volumeID'], path),
    ...validateSecretReference(source.secretRef, `${path}.secretRef`),
  ]),
  rule('fc', validateFC),
  rule('flexVolume', validateFlex),
  rule('azureFile', (source, path) => [
    ...validateRequired(source, ['secretName', 'shareName'], path),
    ...(source.secretNamespace === '' ? [required(`${path}.secretNamespace`)] : []),
  ]),
  rule('vsphereVolume', needs('volumePath')),
  rule('photonPersistentDisk', needs('pdID')),
  rule('portworxVolume', needs('volumeID')),
  rule('azureDisk', validateAzureDisk),
  rule('scaleIO', needs('gateway', 'system', 'volumeName')),
  rule('local', (source, path, { spec }) => [
    ...validateRequired(source, ['path'], path),
    ...validateNoBacksteps((source as { path?: string }).path ?? '', `${path}.path`),
    ...(spec.nodeAffinity === undefined
      ? [required('spec.nodeAffinity', 'Local volume requires node affinity')]
      : []),
  ]),
  rule('storageos', validateStorageOS),
  rule('csi', validateCSI),
];

const NAMES: ReadonlySet<string> = new Set(SOURCES.map(({ name }) => name));

/** The fields of the spec that say where the storage is. */
export const sourcesOf = (spec: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(spec).filter(([name, value]) => NAMES.has(name) && value !== undefined),
  );

/** One kind of storage, with what it needs. */
export function validateVolumeSource(
  spec: PersistentVolumeSpec,
  name: string | undefined,
): FieldError[] {
  const context = { spec, name: name ?? '' };
  const [first, ...rest] = SOURCES.filter(
    (source) => spec[source.name] !== undefined && spec[source.name] !== null,
  );
  if (first === undefined) return [required('spec', 'must specify a volume type')];
  return [
    ...first.validate(context, `spec.${first.name}`),
    ...rest.flatMap((source) =>
      // Upstream lets this kind be beside others.
      source.name === 'flexVolume'
        ? source.validate(context, 'spec.flexVolume')
        : [forbidden(`spec.${source.shown}`, 'may not specify more than 1 volume type')],
    ),
  ];
}

function validateISCSI(
  source: NonNullable<Sources['iscsi']>,
  path: string,
  { name }: VolumeContext,
): FieldError[] {
  const { targetPortal = '', iqn = '', lun = 0, initiatorName } = source as Partial<typeof source>;
  const errors: FieldError[] = [];
  if (targetPortal === '') errors.push(required(`${path}.targetPortal`));
  if (initiatorName !== undefined && byteLength(`${name}:${targetPortal}`) > 64) {
    const detail = `Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.`;
    errors.push(invalid(`${path}.targetportal`, targetPortal, detail));
  }
  errors.push(
    ...(iqn === ''
      ? [required(`${path}.iqn`)]
      : validateISCSIName(iqn, `${path}.iqn`, 'must be valid format')),
  );
  if (lun < 0 || lun > 255) errors.push(invalid(`${path}.lun`, lun, rangeText(0, 255)));
  const needsSecret = source.chapAuthDiscovery === true || source.chapAuthSession === true;
  if (needsSecret && source.secretRef === undefined) errors.push(required(`${path}.secretRef`));
  if (source.secretRef !== undefined && !source.secretRef.name) {
    errors.push(required(`${path}.secretRef.name`));
  }
  if (initiatorName === undefined) return errors;
  return [
    ...errors,
    ...validateISCSIName(initiatorName, `${path}.initiatorname`, 'must be valid format'),
  ];
}

function validateStorageOS(source: NonNullable<Sources['storageos']>, path: string): FieldError[] {
  const { volumeName = '', volumeNamespace = '', secretRef } = source;
  const label = (value: string, field: string): FieldError[] =>
    validateDNS1123Label(value).map((m) => invalid(`${path}.${field}`, value, m));
  return [
    ...(volumeName === '' ? [required(`${path}.volumeName`)] : label(volumeName, 'volumeName')),
    ...(volumeNamespace === '' ? [] : label(volumeNamespace, 'volumeNamespace')),
    ...validateSecretReference(secretRef, `${path}.secretRef`),
  ];
}

const CSI_SECRETS = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const;

interface SecretRef {
  name?: string;
  namespace?: string;
}

function validateCSI(source: NonNullable<Sources['csi']>, path: string): FieldError[] {
  const { driver = '' } = source as Partial<typeof source>;
  const secrets: Readonly<Partial<Record<(typeof CSI_SECRETS)[number], SecretRef | null>>> = source;
  return [
    ...validateCSIDriverName(driver, `${path}.driver`),
    ...validateRequired(source, ['volumeHandle'], path),
    ...CSI_SECRETS.flatMap((field) => {
      const reference = secrets[field];
      const at = `${path}.${field}`;
      if (reference === undefined || reference === null) return [];
      const { name = '', namespace = '' } = reference;
      return [
        ...(name === ''
          ? [required(`${at}.name`)]
          : validateDNS1123Subdomain(name).map((m) => invalid(`${at}.name`, name, m))),
        ...(namespace === ''
          ? [required(`${at}.namespace`)]
          : validateDNS1123Label(namespace).map((m) => invalid(`${at}.namespace`, namespace, m))),
      ];
    }),
  ];
}
