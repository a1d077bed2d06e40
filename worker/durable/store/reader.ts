import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { ResourceCatalog } from '../../registry/kind-table.ts';
import type { QuotaUsage, Reader } from '../../reconcile/planner.ts';
import type { CommitPoint } from '../commit/commit-point.ts';
import type { WorkQueue } from '../queue/work-queue.ts';
import type { RevisionStore } from '../storage/revision-store.ts';
import type { PodIndex } from './pod-index.ts';
import { ownerExists } from './owner-lookup.ts';

export interface StoreReaderDeps {
  readonly namespace: string;
  readonly store: RevisionStore;
  readonly commits: CommitPoint;
  /** Of pods by the claims that they use. */
  readonly claimUsers: PodIndex;
  readonly queue: Pick<WorkQueue, 'failure'>;
  readonly resources: ResourceCatalog;
  readonly rootCA: string | undefined;
  /** Of stores whose autoscalers go by what pods use. */
  readonly usage: Reader['usage'];
  /** Of stores that keep a ledger of what quotas count. */
  readonly quotaUsage: ((quota: KubernetesObject) => QuotaUsage) | undefined;
}

/** The planners' view of a store: parsed objects, straight from SQLite or the cache. */
export function storeReader(deps: StoreReaderDeps): Reader {
  const { namespace, store, commits, claimUsers, queue, resources, quotaUsage, rootCA, usage } =
    deps;
  const objects = (resource: string, names: readonly string[]): KubernetesObject[] =>
    names.flatMap((name) => commits.read({ resource, name }) ?? []);
  const reader: Reader = {
    namespace,
    get: (resource, name) => commits.read({ resource, name }),
    list: (resource) => objects(resource, store.names(resource)),
    listControlledBy: (resource, uid) => objects(resource, commits.controlledBy(resource, uid)),
    listWithoutController: (resource) => objects(resource, commits.controlledBy(resource, null)),
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
    ...(usage === undefined ? {} : { usage }),
    ownerExists: (reference) => ownerExists(reader, resources, reference),
    lastFailure(planner, key) {
      const message = queue.failure(planner, key);
      return message === null ? null : (JSON.parse(message) as { reason: string; message: string });
    },
  };
  return reader;
}
