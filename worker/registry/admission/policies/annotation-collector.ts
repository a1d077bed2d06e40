import { addAuditAnnotation } from '../audit-annotation.ts';
import type { AdmissionAttributes } from '../plugin.ts';

/** Longest text of one value. Bytes. */
const MAX_VALUE_BYTES = 10 * 1024;

/** The audit annotations of policies, whose values can differ from binding to binding. */
export class AnnotationCollector {
  readonly #values = new Map<string, Set<string>>();

  add(policy: string, key: string, value: string): void {
    const full = `${policy}/${key}`;
    const values = this.#values.get(full) ?? new Set();
    this.#values.set(full, values.add(truncate(value)));
  }

  publish(attributes: AdmissionAttributes): void {
    for (const [key, values] of this.#values) {
      addAuditAnnotation(attributes, key, [...values].join(', '));
    }
  }
}

/** Upstream cuts between any two bytes; here characters stay whole. */
function truncate(text: string): string {
  let bytes = 0;
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > MAX_VALUE_BYTES) break;
    length += character.length;
  }
  return text.slice(0, length);
}
