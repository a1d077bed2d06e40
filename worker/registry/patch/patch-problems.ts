import { canonicalJSON } from '../crd/schema/json-value.ts';
import { duplicateFields } from '../schema/duplicate-fields.ts';

/** What is told of a patch that leads to something unfit. */
export interface PatchSource {
  /** What the error shows: the patched object, or where that has no text, the patch. */
  readonly shown: string;
  /** What strict validation has against the patch's own text. */
  readonly problems: readonly string[];
}

const OPERATION_FIELDS = new Set(['op', 'path', 'from', 'value']);

/** Of a patch as it was sent, and the object that it gave. */
export function patchSource(
  patchType: 'json' | 'merge' | 'strategic',
  patch: string,
  patched: Readonly<Record<string, unknown>>,
): PatchSource {
  switch (patchType) {
    case 'json':
      return { shown: canonicalJSON(patched), problems: operationProblems(patch) };
    case 'merge':
      return { shown: canonicalJSON(patched), problems: duplicateFields(patch) };
    case 'strategic':
      return { shown: patch, problems: duplicateFields(patch) };
    default:
      return patchType satisfies never;
  }
}

function operationProblems(patch: string): string[] {
  const operations = JSON.parse(patch) as Record<string, unknown>[]; // Applied by now.
  return [
    ...duplicateFields(patch),
    ...operations.flatMap((operation, i) =>
      Object.keys(operation)
        .filter((key) => !OPERATION_FIELDS.has(key))
        .map((key) => `unknown field ${JSON.stringify(`[${i}].${key}`)}`),
    ),
  ].map((problem) => `json patch ${problem}`);
}
