import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { Quantity } from '../../../apimachinery/quantity.ts';
import { quantityOf } from '../resources/resource-names.ts';
import { CLASS_ANNOTATION } from '../resources/volumes/class-annotation.ts';
import { type Amounts, ONE } from './amounts.ts';
import type { QuotaEvaluator } from './quota-evaluator.ts';
import { type ScopeSelector, selectsAny } from './scope-selectors.ts';

const COUNT = 'count/persistentvolumeclaims';
const LIMITS = ['persistentvolumeclaims', 'requests.storage'];
/** Between a class and a limit of the claims of that class alone. */
const OF_CLASS = '.storageclass.storage.k8s.io/';

interface ClaimFields {
  storageClassName?: string;
  volumeAttributesClassName?: string;
  resources?: { requests?: Record<string, string> };
}

interface ClaimStatusFields {
  allocatedResources?: Record<string, string>;
  currentVolumeAttributesClassName?: string;
  modifyVolumeStatus?: { targetVolumeAttributesClassName?: string };
}

const specOf = (claim: KubernetesObject): ClaimFields => claim.spec ?? {};
const statusOf = (claim: KubernetesObject): ClaimStatusFields => claim.status ?? {};

/** Claims of volumes (pkg/quota/v1/evaluator/core/persistent_volume_claims.go). */
export const VOLUME_CLAIM_EVALUATOR: QuotaEvaluator = {
  resource: 'persistentvolumeclaims',
  handles({ operation, subresource, object, oldObject }) {
    if (subresource === '') return operation === 'CREATE' || operation === 'UPDATE';
    return subresource === 'status' && oldObject !== null && usesOther(object, oldObject);
  },
  counts: (limit) =>
    limit === COUNT || LIMITS.some((own) => limit === own || limit.endsWith(`${OF_CLASS}${own}`)),
  hasScopes: true,
  inScope: (selector: ScopeSelector, claim) =>
    selector.scopeName === 'VolumeAttributesClass' &&
    selectsAny(selector, attributesClassesOf(claim)),
  usage(claim) {
    const usage: Amounts = new Map([
      ['persistentvolumeclaims', ONE],
      [COUNT, ONE],
    ]);
    const storageClass = storageClassOf(claim);
    if (storageClass !== '') usage.set(`${storageClass}${OF_CLASS}persistentvolumeclaims`, ONE);
    const storage = storageOf(claim);
    if (storage === undefined) return usage;
    usage.set('requests.storage', storage);
    if (storageClass !== '') usage.set(`${storageClass}${OF_CLASS}requests.storage`, storage);
    return usage;
  },
};

const storageClassOf = (claim: KubernetesObject): string =>
  claim.metadata.annotations?.[CLASS_ANNOTATION] ?? specOf(claim).storageClassName ?? '';

/** Every class that the claim has, had, or is about to have. */
function attributesClassesOf(claim: KubernetesObject): string[] {
  const { currentVolumeAttributesClassName, modifyVolumeStatus } = statusOf(claim);
  return [
    specOf(claim).volumeAttributesClassName,
    currentVolumeAttributesClassName,
    modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name): name is string => name !== undefined && name !== '');
}

/** What is asked for, or what is being made of it where that is more, in whole bytes. */
function storageOf(claim: KubernetesObject): Quantity | undefined {
  const asked = quantityOf(specOf(claim).resources?.requests?.['storage']);
  const allocated = quantityOf(statusOf(claim).allocatedResources?.['storage']);
  if (asked === undefined) return undefined;
  return allocated !== undefined && allocated.compare(wholeBytes(asked)) > 0
    ? wholeBytes(allocated)
    : wholeBytes(asked);
}

function wholeBytes(amount: Quantity): Quantity {
  const bytes = amount.toValue() * 1_000_000_000n;
  return bytes === amount.nano ? amount : new Quantity(bytes, amount.format);
}

/** Whether a write of the status can change what the claim counts for. */
function usesOther(claim: KubernetesObject, old: KubernetesObject): boolean {
  const storage = (of: KubernetesObject): bigint | undefined =>
    quantityOf(statusOf(of).allocatedResources?.['storage'])?.nano;
  const classes = (of: KubernetesObject): string =>
    [...new Set(attributesClassesOf(of))].sort().join();
  return storage(claim) !== storage(old) || classes(claim) !== classes(old);
}
