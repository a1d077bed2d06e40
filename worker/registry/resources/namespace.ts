import type { FieldError } from '../../../apimachinery/field-error.ts';
import { invalid } from '../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { nameIsDNSLabel, validateQualifiedName } from '../../../apimachinery/names.ts';
import type { Strategy } from '../strategy.ts';
import { keepAllButStatus, keepStatus } from './status-subresource.ts';

interface NamespaceSpec {
  finalizers?: string[];
}

/** Lets label selectors select a namespace by its name (KEP-2161). */
const NAME_LABEL = 'kubernetes.io/metadata.name';
/** Namespaces that every cluster has (upstream's NamespaceLifecycle admission). */
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);
const KUBERNETES_FINALIZER = 'kubernetes';

const specOf = (object: KubernetesObject): NamespaceSpec => object.spec ?? {};

function setNameLabel(object: KubernetesObject): void {
  const { name } = object.metadata;
  if (name) object.metadata.labels = { ...object.metadata.labels, [NAME_LABEL]: name };
}

export const namespaceStrategy: Strategy = {
  setDefaults: setNameLabel,
  prepareForCreate(object) {
    const finalizers = specOf(object).finalizers ?? [];
    object.spec = {
      finalizers: finalizers.includes(KUBERNETES_FINALIZER)
        ? finalizers
        : [...finalizers, KUBERNETES_FINALIZER],
    };
    object.status = { phase: 'Active' };
  },
  validate: validateFinalizers,
  prepareForUpdate(object, old) {
    // Only the finalize subresource takes finalizers away.
    object.spec = old.spec;
    keepStatus(object, old);
  },
  validateName: nameIsDNSLabel,
  selectableFields: (object) => ({
    'status.phase': ((object.status ?? {}) as { phase?: string }).phase ?? '',
  }),
  blocksRemoval: (object) => (specOf(object).finalizers ?? []).length > 0,
  deletionForbidden: (name) => (IMMORTAL.has(name) ? 'this namespace may not be deleted' : null),
  markTerminating(object) {
    object.status = { ...(object.status as object | undefined), phase: 'Terminating' };
  },
  subresources: {
    status: { prepareForUpdate: keepAllButStatus },
    finalize: {
      resetFields: ['status'],
      prepareForUpdate: keepStatus,
      validateUpdate: validateFinalizers,
    },
  },
  allowUnconditionalUpdate: true,
};

function validateFinalizers(object: KubernetesObject): FieldError[] {
  return (specOf(object).finalizers ?? []).flatMap((name, i) =>
    name === KUBERNETES_FINALIZER
      ? []
      : validateQualifiedName(name).map((m) => invalid(`spec.finalizers[${i}]`, name, m)),
  );
}
