import type { OwnerReference } from '../../../apimachinery/meta.ts';
import { parseAPIVersion } from '../../../apimachinery/meta.ts';
import { groupResource } from '../../../apimachinery/object-key.ts';
import type { Reader } from '../../reconcile/planner.ts';
import type { ResourceTable } from '../../registry/kind-table.ts';

/**
 * Looks an owner up by kind and name and compares its uid. An owner in another store (a
 * cluster-scoped one, seen from a namespace) or of a kind that is not served is `unknown`.
 */
export function ownerExists(
  reader: Reader,
  resources: ResourceTable,
  reference: OwnerReference,
): 'exists' | 'absent' | 'unknown' {
  const { group } = parseAPIVersion(reference.apiVersion);
  for (const info of resources.values()) {
    if (info.group !== group || info.kind !== reference.kind) continue;
    const mirrored = info.resource === 'namespaces' && reference.name === reader.namespace;
    if (!info.namespaced && reader.namespace !== '' && !mirrored) return 'unknown';
    if (info.namespaced && reader.namespace === '') return 'absent';
    const owner = reader.get(groupResource(info.group, info.resource), reference.name);
    return owner?.metadata.uid === reference.uid ? 'exists' : 'absent';
  }
  return 'unknown';
}
