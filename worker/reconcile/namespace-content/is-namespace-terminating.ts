import type { Reader } from '../planner.ts';

/**
 * Whether the namespace of this store is on its way out. Nothing can be created in it then, so
 * planners that create do not try (and do not report the refusal as a failure of theirs).
 */
export function isNamespaceTerminating(reader: Reader): boolean {
  const namespace = reader.get('namespaces', reader.namespace);
  return namespace?.metadata.deletionTimestamp !== undefined;
}
