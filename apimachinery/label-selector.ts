import { type FieldError, forbidden, invalid, required } from './field-error.ts';
import {
  formatRequirement,
  type LabelOperator,
  type LabelRequirement,
  type Labels,
  newLabelRequirement,
  requirementMatches,
} from './label-requirement.ts';
import { parseRequirements } from './label-selector-parser.ts';
import { validateLabelValue, validateQualifiedName } from './names.ts';

/** metav1.LabelSelector, as objects carry it. */
export interface LabelSelectorSource {
  matchLabels?: Readonly<Record<string, string>>;
  matchExpressions?: readonly {
    key?: string;
    operator?: string;
    values?: readonly string[] | null;
  }[];
}

const EXPRESSION_OPERATORS: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/** A conjunction of label requirements, sorted by key. */
export class LabelSelector {
  readonly requirements: readonly LabelRequirement[];
  /** False for the selector of an absent `metav1.LabelSelector`, which matches nothing. */
  readonly isSelectable: boolean;

  constructor(requirements: readonly LabelRequirement[], isSelectable = true) {
    this.requirements = [...requirements].sort((a, b) =>
      a.key === b.key ? 0 : a.key < b.key ? -1 : 1,
    );
    this.isSelectable = isSelectable;
  }

  /** Whether it matches everything. */
  get isEmpty(): boolean {
    return this.isSelectable && this.requirements.length === 0;
  }

  matches(labels: Labels | undefined): boolean {
    return this.isSelectable && this.requirements.every((r) => requirementMatches(r, labels ?? {}));
  }

  /** The canonical text, which parses to an equal selector. */
  toString(): string {
    return this.requirements.map(formatRequirement).join(',');
  }
}

/** Parses the `labelSelector` query parameter. Throws an Error with upstream's text. */
export function parseLabelSelector(text: string): LabelSelector {
  return new LabelSelector(parseRequirements(text));
}

/** The selector that matches labels which contain all of `labels` (`Service.spec.selector`). */
export function selectorFromSet(labels: Labels): LabelSelector {
  return new LabelSelector(
    Object.entries(labels).map(([key, value]) => ({ key, operator: '=', values: [value] })),
  );
}

/**
 * A metav1.LabelSelector as a selector: absent matches nothing, empty matches everything. Throws
 * an Error with upstream's text for what validation would have refused.
 */
export function labelSelectorAsRequirements(
  source: LabelSelectorSource | null | undefined,
): LabelSelector {
  if (source === null || source === undefined) return new LabelSelector([], false);
  const requirements = Object.entries(source.matchLabels ?? {}).map(([key, value]) =>
    newLabelRequirement(key, '=', [value]),
  );
  for (const { key = '', operator = '', values } of source.matchExpressions ?? []) {
    const known = Object.hasOwn(EXPRESSION_OPERATORS, operator)
      ? EXPRESSION_OPERATORS[operator]
      : undefined;
    if (known === undefined) {
      throw new Error(`${JSON.stringify(operator)} is not a valid label selector operator`);
    }
    requirements.push(newLabelRequirement(key, known, values ?? []));
  }
  return new LabelSelector(requirements);
}

/** How printers show a metav1.LabelSelector. */
export function formatLabelSelector(source: LabelSelectorSource | null | undefined): string {
  try {
    return labelSelectorAsRequirements(source).toString() || '<none>';
  } catch {
    return '<error>';
  }
}

/** Validates a metav1.LabelSelector; `field` is its path. */
export function validateLabelSelector(
  source: LabelSelectorSource | null | undefined,
  field: string,
): FieldError[] {
  if (source === null || source === undefined) return [];
  const errors = validateLabels(source.matchLabels, `${field}.matchLabels`);
  source.matchExpressions?.forEach(({ key = '', operator = '', values }, i) => {
    const path = `${field}.matchExpressions[${i}]`;
    const count = values?.length ?? 0;
    if (operator === 'In' || operator === 'NotIn') {
      if (count === 0) {
        errors.push(
          required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"),
        );
      }
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (count > 0) {
        const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        errors.push(forbidden(`${path}.values`, detail));
      }
    } else {
      errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
    }
    errors.push(...validateLabelKey(key, `${path}.key`));
    values?.forEach((value, j) => {
      errors.push(
        ...validateLabelValue(value).map((m) => invalid(`${path}.values[${j}]`, value, m)),
      );
    });
  });
  return errors;
}

export function validateLabelKey(key: string, field: string): FieldError[] {
  return validateQualifiedName(key).map((message) => invalid(field, key, message));
}

/** Validates a label map; all errors are at the map's own path, as upstream has it. */
export function validateLabels(labels: Labels | undefined, field: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...validateLabelKey(key, field),
    ...validateLabelValue(value).map((message) => invalid(field, value, message)),
  ]);
}
