import type { GroupResource } from '../../../apimachinery/object-key.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { Namespace, Stored } from '../kinds.ts';
import { EMPTY_PLAN, MAX_WRITES_PER_PLAN } from '../planner.ts';
import type { Plan, Write } from '../planner.ts';
import { NAMESPACE_CONTENTS } from '../../registry/hidden-resources.ts';
import type { ContentReport } from './content-report.ts';

export interface ObservedContent {
  readonly name: string;
  /** The namespace as mirrored from the cluster store, or null when it is gone. */
  readonly namespace: Namespace | null;
  readonly report: ContentReport | null;
  /** Everything that the store holds for clients, by resource; read only while terminating. */
  readonly content: readonly {
    readonly resource: GroupResource;
    readonly objects: readonly Stored<unknown>[];
  }[];
  readonly lastFailure: { readonly reason: string; readonly message: string } | null;
}

/**
 * Empties a namespace that is being deleted: pods first, the rest only after the last pod is gone,
 * so that nothing that pods rely on goes from under them. When all that can be deleted has been
 * asked to go, the report says what is still there.
 */
export function planNamespaceContent(observed: ObservedContent): Plan {
  const { name, namespace, report, lastFailure } = observed;
  if (namespace?.metadata.deletionTimestamp === undefined) {
    return report === null ? EMPTY_PLAN : { writes: [withdraw(report)] };
  }
  const phase = deletionPhase(observed.content);
  const due = phase.flatMap(({ resource, objects }) =>
    objects
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata }): Write => ({
        verb: 'delete',
        resource,
        name: metadata.name,
        uid: metadata.uid,
        propagationPolicy: 'Background',
      })),
  );
  const writes: Write[] = due.slice(0, MAX_WRITES_PER_PLAN);
  if (due.length === 0 || lastFailure !== null) {
    const next: ContentReport = {
      apiVersion: 'fairlead.dev/v1',
      kind: 'NamespaceContent',
      metadata: report?.metadata ?? { name },
      namespaceUID: namespace.metadata.uid,
      remaining: Object.fromEntries(
        phase.map(({ resource, objects }) => [resource, objects.length]),
      ),
      finalizersRemaining: countFinalizers(phase.flatMap(({ objects }) => objects)),
      ...(lastFailure === null ? {} : { failure: lastFailure.message }),
    };
    // Ahead of the deletes: it must come through although one of them is refused again.
    writes.unshift(...publish(report, next));
  }
  return due.length > MAX_WRITES_PER_PLAN ? { writes, requeueAfterMs: 0 } : { writes };
}

/** The part of the content whose turn it is. */
function deletionPhase(content: ObservedContent['content']): ObservedContent['content'] {
  const pods = content.filter(({ resource, objects }) => resource === 'pods' && objects.length > 0);
  return pods.length > 0 ? pods : content.filter(({ objects }) => objects.length > 0);
}

function countFinalizers(objects: readonly KubernetesObject[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { metadata } of objects) {
    for (const finalizer of metadata.finalizers ?? []) {
      counts[finalizer] = (counts[finalizer] ?? 0) + 1;
    }
  }
  return counts;
}

function publish(old: ContentReport | null, next: ContentReport): Write[] {
  if (old === null) return [{ verb: 'create', resource: NAMESPACE_CONTENTS, object: next }];
  return deepEqual(old, next)
    ? []
    : [{ verb: 'update', resource: NAMESPACE_CONTENTS, object: next }];
}

/** The namespace is gone, or a new one has its name: the report is about nothing any more. */
function withdraw({ metadata }: ContentReport): Write {
  return {
    verb: 'delete',
    resource: NAMESPACE_CONTENTS,
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
  };
}
