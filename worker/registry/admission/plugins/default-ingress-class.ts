import type { AdmissionPlugin } from '../plugin.ts';
import { defaultClass } from './default-class.ts';

/** How a class was named before there was a field for it. */
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const IS_DEFAULT = 'ingressclass.kubernetes.io/is-default-class';

/** Upstream's DefaultIngressClass: an ingress that names no class is of the default one. */
export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  handles: ({ info, operation, subresource }) =>
    info.storage === 'ingresses.networking.k8s.io' && operation === 'CREATE' && subresource === '',
  admit({ object }, context) {
    if (object === null || object.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return;
    const spec = (object.spec ?? {}) as { ingressClassName?: string };
    if (spec.ingressClassName !== undefined) return;
    const found = defaultClass(context.list('ingressclasses.networking.k8s.io'), [IS_DEFAULT]);
    if (found !== null) object.spec = { ...spec, ingressClassName: found.metadata.name ?? '' };
  },
};
