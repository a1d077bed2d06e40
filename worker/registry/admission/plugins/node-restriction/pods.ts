import { quoteText } from '../../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../../apimachinery/meta.ts';
import { newNotFound } from '../../../../../apimachinery/status-error.ts';
import { deepEqual } from '../../../rest/deep-equal.ts';
import type { PodFields } from '../../../resources/pod/fields.ts';
import { MIRROR_POD } from '../../../resources/pod/validate-annotations.ts';
import { refuse } from '../../forbidden.ts';
import { nodeNamed } from '../../node-lookup.ts';
import type { AdmissionAttributes, AdmissionContext } from '../../plugin.ts';
import { apiReference } from '../../pod-references.ts';

const specOf = (pod: KubernetesObject | null): PodFields => pod?.spec ?? {};

/** A pod of the request's namespace. @throws StatusError NotFound, in a lister's words. */
export function podNamed(name: string, context: AdmissionContext): KubernetesObject {
  const pod = context.get('pods', name);
  if (pod === null) throw newNotFound({ group: '', resource: 'pod' }, name);
  return pod;
}

/** A node makes images of pods that it has from elsewhere, and deletes pods that it runs. */
export function restrictPod(
  node: string,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): void {
  const { operation, name } = attributes;
  if (operation === 'CREATE') restrictMirror(node, attributes, context);
  else if (operation === 'DELETE') {
    if (specOf(attributes.oldObject ?? podNamed(name, context)).nodeName === node) return;
    throw refuse(
      attributes,
      `node ${quoteText(node)} can only delete pods with spec.nodeName set to itself`,
    );
  } else {
    throw refuse(
      attributes,
      `unexpected operation "${operation}", node ${quoteText(node)} can only create and delete mirror pods`,
    );
  }
}

function restrictMirror(
  node: string,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): void {
  const pod = attributes.object;
  const problem = pod === null ? null : mirrorProblem(node, pod);
  if (problem !== null) throw refuse(attributes, problem);
  const [owner] = pod?.metadata.ownerReferences ?? [];
  const found = nodeNamed(node, context);
  if (found === null) throw newNotFound({ group: '', resource: 'node' }, node);
  const uid = found.metadata.uid ?? '';
  if (owner?.uid !== uid) {
    throw refuse(attributes, `node ${node} UID mismatch: expected ${owner?.uid ?? ''} got ${uid}`);
  }
  const reference = apiReference(specOf(pod));
  if (reference === null) return;
  throw refuse(
    attributes,
    `node ${quoteText(node)} can not create pods that reference ${reference}`,
  );
}

function mirrorProblem(node: string, { metadata, spec }: KubernetesObject): string | null {
  const self = `node ${quoteText(node)}`;
  const only = (what: string): string => `${self} can only create pods with ${what} set to itself`;
  if (metadata.annotations?.[MIRROR_POD] === undefined) {
    return `pod does not have ${quoteText(MIRROR_POD)} annotation, ${self} can only create mirror pods`;
  }
  if (((spec ?? {}) as PodFields).nodeName !== node) return only('spec.nodeName');
  const [owner, ...others] = metadata.ownerReferences ?? [];
  if (others.length > 0) return only('a single owner reference');
  const isItself = owner?.apiVersion === 'v1' && owner.kind === 'Node' && owner.name === node;
  if (owner === undefined || !isItself) return only('an owner reference');
  if (owner.controller !== true) return only('a controller owner reference');
  return owner.blockOwnerDeletion === true
    ? `${self} must not set blockOwnerDeletion on an owner reference`
    : null;
}

interface Status {
  resourceClaimStatuses?: { name?: string; resourceClaimName?: string }[];
  extendedResourceClaimStatus?: unknown;
}

/** It reports on the pods that it runs, and changes nothing else of them. */
export function restrictPodStatus(node: string, attributes: AdmissionAttributes): void {
  const { operation, object, oldObject } = attributes;
  if (operation !== 'UPDATE') throw refuse(attributes, `unexpected operation "${operation}"`);
  const self = `node ${quoteText(node)}`;
  if (specOf(oldObject).nodeName !== node) {
    throw refuse(
      attributes,
      `${self} can only update pod status for pods with spec.nodeName set to itself`,
    );
  }
  if (!deepEqual(oldObject?.metadata.labels ?? {}, object?.metadata.labels ?? {})) {
    throw refuse(attributes, `${self} cannot update labels through pod status`);
  }
  const [before, now] = [oldObject, object].map((pod): Status => pod?.status ?? {});
  if (!deepEqual(claimsOf(before), claimsOf(now))) {
    throw refuse(attributes, `${self} cannot update resource claim statues`);
  }
  if (!deepEqual(before?.extendedResourceClaimStatus, now?.extendedResourceClaimStatus)) {
    throw refuse(attributes, `${self} cannot update extended resource claim status`);
  }
}

const claimsOf = (status: Status | undefined) =>
  (status?.resourceClaimStatuses ?? []).map(({ name, resourceClaimName }) => [
    name,
    resourceClaimName ?? null,
  ]);

/** It evicts pods that it runs. */
export function restrictEviction(
  node: string,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): void {
  const { operation, name, object } = attributes;
  if (operation !== 'CREATE') throw refuse(attributes, `unexpected operation ${operation}`);
  const podName = name || (object?.metadata.name ?? '');
  if (podName === '') throw refuse(attributes, 'could not determine pod from request data');
  if (specOf(podNamed(podName, context)).nodeName === node) return;
  throw refuse(attributes, `node ${node} can only evict pods with spec.nodeName set to itself`);
}
