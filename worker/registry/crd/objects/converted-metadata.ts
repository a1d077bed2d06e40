import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { validateLabels } from '../../../../apimachinery/label-selector.ts';
import { validateAnnotations } from '../../../../apimachinery/object-meta-validation.ts';
import type { FieldError } from '../../../../apimachinery/field-error.ts';
import { goTypeName } from '../../apply/value-errors.ts';
import { fieldIn, isObject, type JSONObject } from '../schema/json-value.ts';

type Texts = Readonly<Record<string, string>>;

/** What says which object it is, and so must be the same after a conversion. */
export function identityProblem(
  original: KubernetesObject,
  converted: JSONObject,
): string | undefined {
  const metadata = isObject(converted['metadata']) ? converted['metadata'] : {};
  for (const [field, shown] of [
    ['name', 'name'],
    ['namespace', 'namespace'],
    ['uid', 'UID'],
  ] as const) {
    const [wanted, got] = [original.metadata[field] ?? '', textIn(metadata, field)];
    if (wanted !== got) return `must have the same ${shown}: ${wanted} != ${got}`;
  }
  return undefined;
}

/**
 * The metadata of a converted object: as it was, with the labels and annotations that the webhook
 * gave it (apiextensions-apiserver restoreObjectMeta).
 *
 * @returns the metadata, or what is wrong with those.
 */
export function restoreMetadata(
  original: KubernetesObject,
  converted: JSONObject,
): KubernetesObject['metadata'] | string {
  const given = converted['metadata'];
  if (given === undefined) return 'missing metadata in converted object';
  if (!isObject(given)) return `invalid metadata of type ${goTypeName(given)} in converted object`;
  const { labels, annotations, ...metadata } = original.metadata;
  const newLabels = textsOf(given, 'labels', labels, (texts) =>
    validateLabels(texts, 'metadata.labels'),
  );
  if (typeof newLabels === 'string') return newLabels;
  const newAnnotations = textsOf(given, 'annotations', annotations, (texts) =>
    // Upstream's path is in the singular.
    validateAnnotations(texts, 'metadata.annotation'),
  );
  if (typeof newAnnotations === 'string') return newAnnotations;
  return {
    ...metadata,
    ...(newLabels === undefined ? {} : { labels: newLabels }),
    ...(newAnnotations === undefined ? {} : { annotations: newAnnotations }),
  };
}

/** One of the two maps; what is as it was may be invalid. Undefined for none, a text for a fault. */
function textsOf(
  given: JSONObject,
  field: 'labels' | 'annotations',
  before: Texts | undefined,
  validate: (texts: Record<string, string>) => FieldError[],
): Record<string, string> | string | undefined {
  const value = fieldIn(given, field) ?? undefined;
  if (value === undefined) return undefined;
  if (!isObject(value)) {
    return `invalid metadata.${field} of type ${goTypeName(value)} in converted object`;
  }
  const texts: Record<string, string> = {};
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') {
      return `metadata.${field}[${key}] must be a string, but is ${goTypeName(text)} in converted object`;
    }
    texts[key] = text;
  }
  if (isSame(texts, before ?? {})) return texts;
  const errors = validate(texts).map(({ field: at, message }) => `${at}: ${message}`);
  if (errors.length === 0) return texts;
  return errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]`;
}

const isSame = (a: Texts, b: Texts): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([key, text]) => b[key] === text);

function textIn(object: JSONObject, field: string): string {
  const value = fieldIn(object, field);
  return typeof value === 'string' ? value : '';
}
