import type { Value } from '../../../../cel/values/value.ts';
import { newInternalError, StatusError } from '../../../../apimachinery/status-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { VariableDeclarations } from '../expressions/composed-variables.ts';
import { evaluateAll, RUNTIME_COST_BUDGET } from '../expressions/evaluate.ts';
import type { Values } from '../expressions/request-values.ts';
import { showAs, type ResourceView } from '../matching/resource-view.ts';
import { decodeMutated, replaceObject } from '../mutated-object.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import { applyConfiguration } from './apply-configuration.ts';
import { applyPatchMutation } from './json-patch-mutation.ts';
import type { CompiledMutation, PatchType } from './mutating-expressions.ts';

export interface MutationSubject {
  readonly attributes: AdmissionAttributes;
  readonly view: ResourceView;
  readonly values: Values;
  readonly variables: VariableDeclarations | undefined;
}

/**
 * Evaluates one mutation and changes the admitted object by it.
 *
 * @returns what is wrong, for the policy's failurePolicy; undefined when it was done.
 * @throws StatusError for what is refused whatever the failure policy: a result that is none of the
 * kind.
 * @throws InquiryPending
 */
export function mutate(mutation: CompiledMutation, subject: MutationSubject): string | undefined {
  const { attributes, view } = subject;
  if (mutation.compiled.fault !== undefined) return mutation.compiled.fault;
  const evaluated = evaluateAll([mutation], subject.values, RUNTIME_COST_BUDGET, subject.variables);
  if (evaluated.failure !== undefined) return evaluated.failure;
  const [result] = evaluated.results;
  if (result?.error !== undefined) return result.error;
  const before = showAs(view, attributes.object);
  if (before === null || result === undefined) return undefined;
  const after = patched(mutation.patchType, result.value, before, view);
  if (typeof after === 'string') return after;
  replaceObject(attributes, view, after);
  return undefined;
}

/** The object in its new state, or why there is none. Asks nobody anything. */
function patched(
  patchType: PatchType,
  value: Value,
  before: KubernetesObject,
  view: ResourceView,
): KubernetesObject | string {
  try {
    return patchType === 'JSONPatch'
      ? decodeStrictly(view, applyPatchMutation(value, before))
      : decodeMutated(view, applyConfiguration(value, before, view)).object;
  } catch (error) {
    if (error instanceof StatusError) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

function decodeStrictly(
  view: ResourceView,
  value: Readonly<Record<string, unknown>>,
): KubernetesObject {
  const { object, strictErrors } = decoded(view, value);
  if (strictErrors.length === 0) return object;
  throw newInternalError(`strict decoding error: ${strictErrors.join(', ')}`);
}

function decoded(
  view: ResourceView,
  value: Readonly<Record<string, unknown>>,
): ReturnType<typeof decodeMutated> {
  try {
    return decodeMutated(view, value);
  } catch (error) {
    throw newInternalError(error instanceof Error ? error.message : String(error));
  }
}
