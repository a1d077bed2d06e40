import {
  type LabelSelector,
  labelSelectorAsRequirements,
} from '../../../../apimachinery/label-selector.ts';
import { parseAPIVersion, type KubernetesObject } from '../../../../apimachinery/meta.ts';
import { StatusError } from '../../../../apimachinery/status-error.ts';
import { isPolicyResource } from '../../cluster-policy.ts';
import type { ResourceCatalog, ResourceInfo } from '../../kind-table.ts';
import type { ParamKind, ParamRef } from '../../resources/admission/match-resources.ts';
import type { Inquiry } from '../inquiry.ts';
import type { AdmissionContext } from '../plugin.ts';

type ObjectsInquiry = Extract<Inquiry, { kind: 'objects' }>;

/** Parameters that are at hand, a question that leads to them, or why there are none. */
export type ParamsLookup =
  | { readonly params: readonly (KubernetesObject | null)[] }
  | { readonly inquiry: ObjectsInquiry }
  | { readonly error: string };

/** A policy that takes none is evaluated once, without. */
const NO_PARAMS: ParamsLookup = { params: [null] };

/** The resource of a kind of parameters, in the version that the policy names. */
export function paramResource(
  { apiVersion = '', kind = '' }: ParamKind,
  resources: ResourceCatalog,
): ResourceInfo | undefined {
  const info = resources.ofKind(parseAPIVersion(apiVersion).group, kind);
  return info === undefined ? undefined : resources.view(info.storage, apiVersion);
}

/**
 * Looks up the parameters of a binding (apiserver policy/generic CollectParams). What the store has
 * is read; anything else is a question. What comes of either is for {@link acceptParams}.
 *
 * @param kind undefined where the policy takes no parameters.
 * @param namespace of the request: of parameters that do not name another.
 */
export function lookUpParams(
  kind: ResourceInfo | undefined,
  ref: ParamRef | undefined,
  namespace: string,
  context: AdmissionContext,
): ParamsLookup {
  if (kind === undefined || ref === undefined) return NO_PARAMS;
  const own = ref.namespace ?? '';
  if (!kind.namespaced && own !== '') {
    return { error: 'paramRef.namespace must not be provided for a cluster-scoped `paramKind`' };
  }
  const where = kind.namespaced ? own || namespace : '';
  if (kind.namespaced && where === '') {
    return {
      error:
        'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
    };
  }
  const { name = '', selector } = ref;
  if (name === '' && selector === undefined) {
    return { error: 'one of name or selector must be provided' };
  }
  if (name !== '' && selector !== undefined) {
    return { error: 'paramRef.name and paramRef.selector are mutually exclusive' };
  }
  const labels = selector === undefined ? undefined : readSelector(selector);
  if (typeof labels === 'string') return { error: labels };
  const { storage } = kind;
  const isHere = where === context.namespace || (where === '' && isPolicyResource(storage));
  if (isHere) return { params: readHere(storage, name, labels, context) };
  const question = { kind: 'objects', namespace: where, resource: storage } as const;
  if (labels === undefined) return { inquiry: { ...question, name } };
  return {
    inquiry: labels.isEmpty ? question : { ...question, labelSelector: labels.toString() },
  };
}

/** The parameters as the policy's version of their kind shows them, in an order that does not change. */
export function acceptParams(
  found: readonly (KubernetesObject | null)[],
  kind: ResourceInfo | undefined,
  ref: ParamRef | undefined,
): readonly (KubernetesObject | null)[] | { readonly error: string } {
  if (kind === undefined || ref === undefined) return found;
  if (found.length === 0 && ref.parameterNotFoundAction === 'Deny') {
    return {
      error: 'no params found for policy binding with `Deny` parameterNotFoundAction',
    };
  }
  try {
    return found
      .flatMap((object) => object ?? [])
      .toSorted(compareNames)
      .map((object) => kind.conversion?.fromStored(object) ?? object);
  } catch (error) {
    if (error instanceof StatusError) return { error: error.message };
    throw error;
  }
}

function readHere(
  resource: string,
  name: string,
  labels: LabelSelector | undefined,
  context: AdmissionContext,
): readonly KubernetesObject[] {
  if (labels !== undefined) {
    return context.list(resource).filter(({ metadata }) => labels.matches(metadata.labels));
  }
  const object = context.get(resource, name);
  return object === null ? [] : [object];
}

function readSelector(selector: NonNullable<ParamRef['selector']>): LabelSelector | string {
  try {
    return labelSelectorAsRequirements(selector);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function compareNames(a: KubernetesObject, b: KubernetesObject): number {
  const [left, right] = [a.metadata.name ?? '', b.metadata.name ?? ''];
  return left < right ? -1 : Number(left > right);
}
