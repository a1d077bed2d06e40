import type { OwnerReference } from '../../../apimachinery/meta.ts';
import { parseAPIVersion } from '../../../apimachinery/meta.ts';
import type { Reader } from '../../reconcile/planner.ts';
import type { ResourceCatalog } from '../../registry/kind-table.ts';

/**
 * Looks an owner up by kind and name and compares its uid. An owner in another store (a
 * cluster-scoped one, seen from a namespace) or of a kind that is not served is `unknown`.
 */
export function ownerExists(
  reader: Reader,
  resources: ResourceCatalog,
  reference: OwnerReference,
): 'exists' | 'absent' | 'unknown' {
  const { group } = parseAPIVersion(reference.apiVersion);
  const info = resources.ofKind(group, reference.kind);
  if (info === undefined) return 'unknown';
  const mirrored = info.resource === 'namespaces' && reference.name === reader.namespace;
  if (!info.namespaced && reader.namespace !== '' && !mirrored) return 'unknown';
  if (info.namespaced && reader.namespace === '') return 'absent';
  const owner = reader.get(info.storage, reference.name);
  return owner?.metadata.uid === reference.uid ? 'exists' : 'absent';
}
