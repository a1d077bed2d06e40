import { parseFieldSelector } from '../../../apimachinery/field-selector.ts';
import { parseLabelSelector } from '../../../apimachinery/label-selector.ts';
import { newBadRequest } from '../../../apimachinery/status-error.ts';
import type { Attributes } from '../storage/revision-store.ts';

/** A label and a field selector together, evaluated on stored attributes. */
export interface Selector {
  readonly matchesAll: boolean;
  matches(attributes: Attributes): boolean;
}

/**
 * @param labels text of `labelSelector`, '' for all. @param fields text of `fieldSelector`.
 * @throws StatusError BadRequest with the parser's words.
 */
export function selectorOf(labels: string, fields: string): Selector {
  if (labels === '' && fields === '') return { matchesAll: true, matches: () => true };
  try {
    const labelSelector = parseLabelSelector(labels);
    const fieldSelector = parseFieldSelector(fields);
    return {
      matchesAll: false,
      matches: (attributes) =>
        labelSelector.matches(attributes.labels) && fieldSelector.matches(attributes.fields),
    };
  } catch (error) {
    throw newBadRequest(error instanceof Error ? error.message : String(error));
  }
}
