import type { FieldError } from '../../../apimachinery/field-error.ts';
import { invalid } from '../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { nameIsDNSLabel, validateQualifiedName } from '../../../apimachinery/names.ts';
import type { Strategy } from '../strategy.ts';
import { keepStatus, newStatusSubresource } from './status-subresource.ts';

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
  validate: (object) => validateFinalizers(object, false),
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
    status: newStatusSubresource(validatePhase),
    finalize: {
      resetFields: ['status'],
      prepareForUpdate: keepStatus,
      validateUpdate: (object) => validateFinalizers(object, true),
    },
  },
  allowUnconditionalUpdate: true,
};

const STANDARD_FINALIZERS = new Set([KUBERNETES_FINALIZER, 'orphan', 'foregroundDeletion']);

/** `isIndexed` is whether errors tell where in the list they are, which they do not on creates. */
function validateFinalizers(object: KubernetesObject, isIndexed: boolean): FieldError[] {
  return (specOf(object).finalizers ?? []).flatMap((name, i) => {
    const field = isIndexed ? `spec.finalizers[${i}]` : 'spec.finalizers';
    const errors = validateQualifiedName(name).map((m) => invalid(field, name, m));
    if (name.includes('/') || STANDARD_FINALIZERS.has(name)) return errors;
    const detail = 'name is neither a standard finalizer name nor is it fully qualified';
    return [...errors, invalid(field, name, detail)];
  });
}

/** A namespace is on its way out once it is deleted, and not before. */
function validatePhase(object: KubernetesObject): FieldError[] {
  const { phase = '' } = (object.status ?? {}) as { phase?: string };
  const isDeleted = object.metadata.deletionTimestamp !== undefined;
  const want = isDeleted ? 'Terminating' : 'Active';
  if (phase === want) return [];
  const state = isDeleted ? 'not empty' : 'empty';
  const detail = `may only be '${want}' if \`deletionTimestamp\` is ${state}`;
  return [invalid('status.Phase', phase, detail)];
}
