import type { KubernetesObject } from '../apimachinery/meta.ts';
import { RESOURCES } from '../worker/registry/resource-table.ts';
import type { Strategy } from '../worker/registry/strategy.ts';

const CONTEXT = { now: Date.parse('2026-01-01T00:00:00Z'), user: { name: 'test', groups: [] } };

/** An object as a client sends it. */
interface Sent {
  readonly metadata?: object;
  readonly [field: string]: unknown;
}

export function strategyOf(resource: string): Strategy {
  const info = RESOURCES.get(resource);
  if (info === undefined) throw new Error(`${resource} is not served`);
  return info.strategy;
}

/** What a create makes of the object: defaults and preparation. */
export function created(resource: string, object: Sent): KubernetesObject {
  const strategy = strategyOf(resource);
  const { metadata, ...rest } = structuredClone(object);
  const draft = {
    metadata: { name: 'a', namespace: 'default', uid: 'u-1', ...metadata },
    ...rest,
  };
  strategy.setDefaults?.(draft);
  strategy.prepareForCreate?.(draft, CONTEXT);
  return draft;
}

/** What an update makes of the object, as it replaces `old`. */
export function updated(resource: string, object: Sent, old: KubernetesObject): KubernetesObject {
  const strategy = strategyOf(resource);
  const draft = {
    ...structuredClone(object),
    metadata: { ...old.metadata, ...object.metadata },
  };
  strategy.setDefaults?.(draft);
  strategy.prepareForUpdate?.(draft, old, CONTEXT);
  return draft;
}

/** `field: reason: message` of every error; of an update where `old` is given. */
export function errorsOf(
  resource: string,
  object: KubernetesObject,
  old?: KubernetesObject,
  subresource = '',
): string[] {
  const strategy = strategyOf(resource);
  const rules = subresource === '' ? strategy : strategy.subresources?.[subresource];
  const found =
    old === undefined ? strategy.validate?.(object) : rules?.validateUpdate?.(object, old);
  return (found ?? []).map((e) => `${e.field}: ${e.message}`);
}

/** The object with one place of it set to a value, or taken away: `spec.ports.0.name`. */
export function withValue<T extends object>(object: T, path: string, value: unknown): T {
  const copy = structuredClone(object);
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  let at = copy as Record<string, unknown>;
  for (const part of parts) {
    at[part] ??= {};
    at = at[part] as Record<string, unknown>;
  }
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}
