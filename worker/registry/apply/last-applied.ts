import { compareValues } from './compare-values.ts';
import { type FieldSet, subtractSet } from './field-set.ts';
import type { ManagedTypes } from './managed-types.ts';
import { isMapValue, memberOf, type PlainObject } from './merge-type.ts';
import { validateValue } from './validate-value.ts';
import { valueFieldSet } from './value-field-set.ts';

/** The manager whose applied configurations take over from client-side apply. */
export const KUBECTL_MANAGER = 'kubectl';
export const LAST_APPLIED_ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';

/** Bytes that the annotations of an object may have, names and values together. */
const MAX_ANNOTATIONS_BYTES = 256 * 1024;

/** The annotation that client-side apply left; '' where there is none. */
export function lastAppliedOf(object: PlainObject): string {
  const text = memberOf(annotationsOf(object), LAST_APPLIED_ANNOTATION);
  return typeof text === 'string' ? text : '';
}

function annotationsOf(object: PlainObject): PlainObject | undefined {
  const { metadata } = object;
  const annotations = isMapValue(metadata) ? metadata['annotations'] : undefined;
  return isMapValue(annotations) ? annotations : undefined;
}

/**
 * What was applied from the client and is still so in the live object: server-side apply by
 * kubectl may take it from whoever owns it. Null where the annotation does not tell.
 */
export function lastAppliedFields(types: ManagedTypes, live: PlainObject): FieldSet | null {
  const text = lastAppliedOf(live);
  if (text === '') return null;
  try {
    const applied: unknown = JSON.parse(text);
    if (!isMapValue(applied) || applied['apiVersion'] !== types.apiVersion) return null;
    if (applied['kind'] !== types.kind) return null;
    validateValue(types.type, applied, false);
    if (!types.isDecoded) validateValue(types.type, live, false);
    const { modified, added, removed } = compareValues(types.type, applied, live);
    const fields = valueFieldSet(types.type, applied);
    return subtractSet(subtractSet(subtractSet(fields, modified), added), removed);
  } catch {
    // An annotation that is no configuration of this type gives nobody any rights.
    return null;
  }
}

/**
 * The object with the annotation brought up to the configuration that was applied; without it when
 * that would make the annotations too large.
 */
export function withLastApplied(object: PlainObject, applied: PlainObject): PlainObject {
  const text = `${JSON.stringify(sortMembers(withoutAnnotation(applied)))}\n`;
  const annotations = { ...annotationsOf(object), [LAST_APPLIED_ANNOTATION]: text };
  const metadata = isMapValue(object['metadata']) ? object['metadata'] : {};
  const { [LAST_APPLIED_ANNOTATION]: _, ...others } = annotations;
  const isTooLarge = sizeOf(annotations) > MAX_ANNOTATIONS_BYTES;
  return { ...object, metadata: { ...metadata, annotations: isTooLarge ? others : annotations } };
}

function withoutAnnotation(applied: PlainObject): PlainObject {
  const annotations = annotationsOf(applied);
  if (annotations === undefined) return applied;
  const { [LAST_APPLIED_ANNOTATION]: _, ...others } = annotations;
  const { annotations: __, ...metadata } = applied['metadata'] as PlainObject;
  const isBare = Object.keys(others).length === 0;
  return { ...applied, metadata: isBare ? metadata : { ...metadata, annotations: others } };
}

/** Go writes the members of maps in order. */
function sortMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortMembers);
  if (!isMapValue(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sortMembers(value[name])]),
  );
}

function sizeOf(annotations: PlainObject): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(annotations)) {
    bytes += utf8Length(name) + utf8Length(String(value));
  }
  return bytes;
}

function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) bytes++;
    // Both halves of a surrogate pair have two of its four bytes.
    if (code > 0x7ff && (code < 0xd800 || code > 0xdfff)) bytes++;
  }
  return bytes;
}
