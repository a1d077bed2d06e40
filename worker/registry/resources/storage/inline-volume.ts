import type { PersistentVolumeSpec } from 'kubernetes-types/core/v1.js';
import { type FieldError, forbidden, required } from '../../../../apimachinery/field-error.ts';
import { validateAccessModes } from '../volumes/claim-spec.ts';
import { validateVolumeSource } from '../volumes/volume-sources.ts';

const NOT_INLINE = 'may not be specified in the context of inline volumes';

type VolumeSpec = PersistentVolumeSpec & { volumeAttributesClassName?: string };

/** A volume that is described where it is attached: a CSI volume, and little else. */
export function validateInlineVolume(sent: PersistentVolumeSpec, at: string): FieldError[] {
  const spec: VolumeSpec = sent;
  const modes = spec.accessModes ?? [];
  const errors: FieldError[] = [];
  const refuse = (field: keyof VolumeSpec): void => {
    errors.push(forbidden(`${at}.${field}`, NOT_INLINE));
  };
  if (spec.claimRef !== undefined) refuse('claimRef');
  if (Object.keys(spec.capacity ?? {}).length > 0) refuse('capacity');
  if (spec.csi === undefined) {
    const detail = 'has to be specified in the context of inline volumes';
    errors.push(required(`${at}.csi`, detail));
  }
  if (modes.length === 0) errors.push(required(`${at}.accessModes`));
  errors.push(...validateAccessModes(modes, `${at}.accessModes`));
  if (spec.persistentVolumeReclaimPolicy) refuse('persistentVolumeReclaimPolicy');
  if (spec.nodeAffinity !== undefined) refuse('nodeAffinity');
  // The rules of sources know them in a PersistentVolume.
  const sources = validateVolumeSource(spec, '');
  errors.push(...sources.map((e) => ({ ...e, field: e.field.replace(/^spec/, at) })));
  if (spec.storageClassName) refuse('storageClassName');
  const { volumeMode, volumeAttributesClassName: attributesClass } = spec;
  if (volumeMode !== undefined && volumeMode !== 'Filesystem') {
    const detail =
      'may not specify volumeMode other than Filesystem in the context of inline volumes';
    errors.push(forbidden(`${at}.volumeMode`, detail));
  }
  if (attributesClass !== undefined) refuse('volumeAttributesClassName');
  return errors;
}
