import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { ResourceCatalog } from '../../registry/kind-table.ts';
import type { QuotaUsage, Reader } from '../../reconcile/planner.ts';
import type { CommitPoint } from '../commit/commit-point.ts';
import type { WorkQueue } from '../queue/work-queue.ts';
import type { ObjectCache } from '../storage/object-cache.ts';
import type { RevisionStore, StoredObject } from '../storage/revision-store.ts';
import type { ClaimUsers } from './claim-users.ts';
import { ownerExists } from './owner-lookup.ts';

export interface StoreReaderDeps {
  readonly namespace: string;
  readonly store: RevisionStore;
  readonly commits: CommitPoint;
  readonly cache: ObjectCache;
  readonly claimUsers: ClaimUsers;
  readonly queue: Pick<WorkQueue, 'failure'>;
  readonly resources: ResourceCatalog;
  readonly rootCA: string | undefined;
  /** Of stores that keep a ledger of what quotas count. */
  readonly quotaUsage: ((quota: KubernetesObject) => QuotaUsage) | undefined;
}

/** The planners' view of a store: parsed objects, straight from SQLite or the cache. */
export function storeReader(deps: StoreReaderDeps): Reader {
  const { namespace, store, commits, cache, claimUsers, queue, resources, quotaUsage, rootCA } =
    deps;
  const parsed =
    (resource: string) =>
    (stored: StoredObject): KubernetesObject =>
      cache.parsed(resource, stored);
  const reader: Reader = {
    namespace,
    get: (resource, name) => commits.read({ resource, name }),
    list: (resource) => store.list(resource, {}).map(parsed(resource)),
    listControlledBy: (resource, uid) =>
      store.listControlledBy(resource, uid).map(parsed(resource)),
    listWithoutController: (resource) =>
      store.listWithoutController(resource).map(parsed(resource)),
    podsUsingClaim: (claim) => claimUsers.podsOf(claim),
    dependentsOf: (uid) => store.dependentsOf(uid),
    hasUID: (uid) => store.findByUID(uid) !== null,
    findByUID(uid) {
      const key = store.findByUID(uid);
      const object = key === null ? null : reader.get(key.resource, key.name);
      return key === null || object === null ? null : { key, object };
    },
    resources: () => store.resources(),
    ...(quotaUsage === undefined ? {} : { quotaUsage }),
    ...(rootCA === undefined ? {} : { rootCA }),
    ownerExists: (reference) => ownerExists(reader, resources, reference),
    lastFailure(planner, key) {
      const message = queue.failure(planner, key);
      return message === null ? null : (JSON.parse(message) as { reason: string; message: string });
    },
  };
  return reader;
}
