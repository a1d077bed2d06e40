import type { PersistentVolumeSpec } from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  required,
  tooLong,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { byteLength, nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { IMMUTABLE } from '../../../../apimachinery/object-meta-validation.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import {
  dropStatus,
  keepAllButStatus,
  keepMetadataOfStatus,
  keepStatus,
} from '../status-subresource.ts';
import { rangeText, validateCSIDriverName } from '../volumes/common-sources.ts';
import { setSourceDefaults } from '../volumes/source-defaults.ts';
import { validateInlineVolume } from './inline-volume.ts';

const MAX_METADATA_BYTES = 256 * 1024;
const MAX_MESSAGE_BYTES = 1024;
const MAX_INT32 = 2_147_483_647;

interface AttachmentSpec {
  attacher?: string;
  nodeName?: string;
  source?: { persistentVolumeName?: string; inlineVolumeSpec?: PersistentVolumeSpec };
}

interface VolumeError {
  message?: string;
  errorCode?: number;
}

interface AttachmentStatus {
  attachmentMetadata?: Record<string, string>;
  attachError?: VolumeError;
  detachError?: VolumeError;
}

const specOf = (object: KubernetesObject): AttachmentSpec => object.spec ?? {};

export const volumeAttachmentStrategy: Strategy = {
  setDefaults(object) {
    const inline = specOf(object).source?.inlineVolumeSpec;
    if (inline !== undefined) setSourceDefaults(inline);
  },
  prepareForCreate: dropStatus,
  validate: (object) => [...validateAttachment(object), ...validateNames(specOf(object))],
  prepareForUpdate: keepStatus,
  validateUpdate: (object, old) => [
    ...validateAttachment(object),
    ...(deepEqual(object.spec, old.spec) ? [] : [invalid('spec', object.spec ?? null, IMMUTABLE)]),
  ],
  validateName: nameIsDNSSubdomain,
  subresources: {
    status: {
      resetFields: ['metadata', 'spec'],
      prepareForUpdate(object, old) {
        keepAllButStatus(object, old);
        keepMetadataOfStatus(object, old);
      },
      validateUpdate: validateAttachment,
    },
  },
  allowUnconditionalUpdate: false,
};

function validateAttachment(object: KubernetesObject): FieldError[] {
  const { attacher = '', nodeName = '', source = {} } = specOf(object);
  const status = (object.status ?? {}) as AttachmentStatus;
  return [
    ...(attacher === '' ? [required('spec.attacher')] : []),
    ...validateSource(source),
    ...nameIsDNSSubdomain(nodeName, false).map((m) => invalid('spec.nodeName', nodeName, m)),
    ...validateMetadata(status.attachmentMetadata ?? {}),
    ...validateError(status.attachError, 'status.attachError'),
    ...validateError(status.detachError, 'status.detachError'),
  ];
}

function validateSource(source: NonNullable<AttachmentSpec['source']>): FieldError[] {
  const { persistentVolumeName: name, inlineVolumeSpec: inline } = source;
  const at = 'spec.source';
  const detail = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (name === undefined && inline === undefined) return [required(at, detail)];
  if (name !== undefined && inline !== undefined) return [forbidden(at, detail)];
  if (inline !== undefined) return validateInlineVolume(inline, `${at}.inlineVolumeSpec`);
  return name === ''
    ? [required(`${at}.persistentVolumeName`, 'must specify non empty persistentVolumeName')]
    : [];
}

/** What is asked of new attachments only. */
function validateNames({ attacher = '', source }: AttachmentSpec): FieldError[] {
  const name = source?.persistentVolumeName;
  return [
    ...validateCSIDriverName(attacher, 'spec.attacher'),
    ...(name === undefined ? [] : nameIsDNSSubdomain(name, false)).map((m) =>
      invalid('spec.source.persistentVolumeName', name, m),
    ),
  ];
}

function validateMetadata(metadata: Readonly<Record<string, string>>): FieldError[] {
  let bytes = 0;
  for (const [key, value] of Object.entries(metadata)) bytes += byteLength(key) + byteLength(value);
  return bytes > MAX_METADATA_BYTES
    ? [tooLong('status.attachmentMetadata', MAX_METADATA_BYTES)]
    : [];
}

function validateError(error: VolumeError | undefined, at: string): FieldError[] {
  if (error === undefined) return [];
  const { message = '', errorCode } = error;
  const errors: FieldError[] = [];
  // Upstream tells the limit of the metadata here.
  if (byteLength(message) > MAX_MESSAGE_BYTES) {
    errors.push(tooLong(`${at}.message`, MAX_METADATA_BYTES));
  }
  if (errorCode !== undefined && errorCode < 0) {
    errors.push(invalid(`${at}.errorCode`, errorCode, rangeText(0, MAX_INT32)));
  }
  return errors;
}
