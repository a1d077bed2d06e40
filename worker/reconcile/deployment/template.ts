import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { PodTemplateSpec } from '../kinds.ts';

export const TEMPLATE_HASH_LABEL = 'pod-template-hash';

/** No vowels and nothing that looks like one, so that no words appear in names (upstream's alphabet). */
const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The template with a `pod-template-hash` label, as the ReplicaSet gets it. */
export function withHashLabel(template: PodTemplateSpec, hash: string): PodTemplateSpec {
  const labels = { ...template.metadata?.labels, [TEMPLATE_HASH_LABEL]: hash };
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** Whether two templates make the same pods; the hash label is the ReplicaSet's own and ignored. */
export function isSameTemplate(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  return deepEqual(withoutHashLabel(a), withoutHashLabel(b));
}

function withoutHashLabel(template: PodTemplateSpec): PodTemplateSpec {
  const { [TEMPLATE_HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/**
 * A short name for a template: FNV-1a over its canonical JSON, in an alphabet safe for names. Two
 * templates may share it; `collisionCount` then makes another one. Only its stability matters: which
 * ReplicaSet holds a template is told by comparing templates, never hashes.
 */
export function templateHash(template: PodTemplateSpec, collisionCount: number): string {
  const salt = collisionCount === 0 ? '' : `#${collisionCount}`;
  const digits = String(fnv1a(canonicalJSON(template) + salt));
  return Array.from(
    digits,
    (digit) => SAFE_ALPHABET[digit.charCodeAt(0) % SAFE_ALPHABET.length],
  ).join('');
}

function fnv1a(text: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), FNV_PRIME);
    if (unit > 0xff) hash = Math.imul(hash ^ (unit >>> 8), FNV_PRIME);
  }
  return hash >>> 0;
}

/** JSON with sorted keys, so that the order in which a client wrote fields does not matter. */
function canonicalJSON(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
}
