import { ListValue } from '../../../../cel/values/list-value.ts';
import { objectTypeMismatches, StructLiteral } from '../../../../cel/values/struct-literal.ts';
import { NoJSONError, toJSON } from '../../../../cel/values/to-json.ts';
import type { Value } from '../../../../cel/values/value.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { StatusError } from '../../../../apimachinery/status-error.ts';
import type { PlainObject } from '../../apply/merge-type.ts';
import { applyJSONPatch } from '../../patch/json-patch.ts';
import { isFailedTest } from '../../patch/patch-error.ts';
import { withNumbers } from './json-numbers.ts';

/**
 * Applies the JSON patch that an expression gave (policy/mutating/patch json_patch.go). A test that
 * fails is no error: the object stays as it is.
 *
 * @throws Error with upstream's text: a patch that does not fit.
 */
export function applyPatchMutation(value: Value, before: KubernetesObject): PlainObject {
  if (!(value instanceof ListValue)) {
    throw new Error('type mismatch: JSONPatchType.expression should evaluate to array');
  }
  const operations = value.toArray().map(operationOf);
  try {
    return applyJSONPatch(before, operations);
  } catch (error) {
    if (isFailedTest(error)) return before;
    throw new Error(`JSONPath: ${messageOf(error)}`, { cause: error });
  }
}

function operationOf(item: Value): PlainObject {
  if (!(item instanceof StructLiteral)) {
    throw new Error(
      'type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch',
    );
  }
  const text = (field: string): string => {
    const found = item.find(field);
    return typeof found === 'string' ? found : '';
  };
  const value = item.find('value');
  return {
    op: text('op'),
    path: text('path'),
    ...(text('from') === '' ? {} : { from: text('from') }),
    ...(value === undefined ? {} : { value: valueOf(value) }),
  };
}

/** Integers that JSON numbers cannot hold become texts, as in protobuf's JSON. */
function valueOf(value: Value): unknown {
  const mismatches = value instanceof StructLiteral ? objectTypeMismatches(value) : [];
  if (mismatches.length > 0) throw new Error(`type mismatch: ${mismatches.join('\n')}`);
  try {
    return withNumbers(toJSON(value), String);
  } catch (error) {
    if (!(error instanceof NoJSONError)) throw error;
    throw new Error(
      `JSONPath valueExpression evaluated to a type that could not marshal to JSON: ${error.message}`,
      { cause: error },
    );
  }
}

function messageOf(error: unknown): string {
  if (error instanceof StatusError && error.cause instanceof Error) return error.cause.message;
  return error instanceof Error ? error.message : String(error);
}
