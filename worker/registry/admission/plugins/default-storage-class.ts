import { CLASS_ANNOTATION } from '../../resources/volumes/class-annotation.ts';
import type { AdmissionPlugin } from '../plugin.ts';
import { defaultClass } from './default-class.ts';

/** Any of them makes a class the default one. */
export const DEFAULT_CLASS_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** Upstream's DefaultStorageClass: a claim that names no class is of the default one. */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  handles: ({ info, operation, subresource }) =>
    info.storage === 'persistentvolumeclaims' && operation === 'CREATE' && subresource === '',
  admit({ object }, context) {
    if (object === null || object.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return;
    const spec = (object.spec ?? {}) as { storageClassName?: string };
    // The empty name is one, too: of no class.
    if (spec.storageClassName !== undefined) return;
    const found = defaultClass(
      context.list('storageclasses.storage.k8s.io'),
      DEFAULT_CLASS_ANNOTATIONS,
    );
    if (found !== null) object.spec = { ...spec, storageClassName: found.metadata.name ?? '' };
  },
};
