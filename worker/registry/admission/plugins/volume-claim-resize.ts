import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { ZERO } from '../../quota/amounts.ts';
import { quantityOf } from '../../resources/resource-names.ts';
import { CLASS_ANNOTATION } from '../../resources/volumes/class-annotation.ts';
import { refuse } from '../forbidden.ts';
import type { AdmissionContext, AdmissionPlugin } from '../plugin.ts';

interface ClaimFields {
  storageClassName?: string;
  resources?: { requests?: Record<string, string> };
}

const specOf = (claim: KubernetesObject): ClaimFields => claim.spec ?? {};

/** Upstream's PersistentVolumeClaimResize: a claim grows where its class allows it, and never shrinks here. */
export const volumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  handles: ({ info, operation, subresource }) =>
    info.storage === 'persistentvolumeclaims' && operation === 'UPDATE' && subresource === '',
  validate(attributes, context) {
    const { object, oldObject } = attributes;
    if (object === null || oldObject === null) return;
    if (sizeOf(object).compare(sizeOf(oldObject)) <= 0) return;
    if (((oldObject.status ?? {}) as { phase?: string }).phase !== 'Bound') {
      throw refuse(attributes, 'Only bound persistent volume claims can be expanded');
    }
    if (mayGrow(object, oldObject, context)) return;
    throw refuse(
      attributes,
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
  },
};

const sizeOf = (claim: KubernetesObject) =>
  quantityOf(specOf(claim).resources?.requests?.['storage']) ?? ZERO;

const classOf = (claim: KubernetesObject): string =>
  claim.metadata.annotations?.[CLASS_ANNOTATION] ?? specOf(claim).storageClassName ?? '';

function mayGrow(
  claim: KubernetesObject,
  old: KubernetesObject,
  context: AdmissionContext,
): boolean {
  const name = classOf(claim);
  if (name === '' || name !== classOf(old)) return false;
  const found = context.get('storageclasses.storage.k8s.io', name);
  return found?.['allowVolumeExpansion'] === true;
}
