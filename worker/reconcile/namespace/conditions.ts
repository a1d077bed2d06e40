import { findCondition } from '../../../apimachinery/conditions.ts';
import { formatTime } from '../../../apimachinery/meta.ts';
import type { Condition } from '../../../apimachinery/meta.ts';
import type { ContentReport } from '../namespace-content/content-report.ts';

interface Finding {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/**
 * The five conditions of a terminating namespace, updated from what its store reported. The same
 * array comes back when they say that already.
 */
export function terminationConditions(
  old: readonly Condition[],
  report: ContentReport,
  now: number,
): readonly Condition[] {
  return findings(report).reduce((conditions, finding) => {
    const before = findCondition(conditions, finding.type);
    if (before === undefined) {
      return [...conditions, { ...finding, lastTransitionTime: formatTime(now) }];
    }
    if (before.message === finding.message && before.reason === finding.reason) return conditions;
    const lastTransitionTime =
      before.status === finding.status && before.lastTransitionTime !== undefined
        ? before.lastTransitionTime
        : formatTime(now);
    return conditions.map((condition) =>
      condition === before ? { ...finding, lastTransitionTime } : condition,
    );
  }, old);
}

function findings({ remaining, finalizersRemaining, failure }: ContentReport): readonly Finding[] {
  const resources = describe(remaining, (resource, count) => {
    const [plural = '', ...group] = resource.split('.');
    return `${plural}.${group.join('.')} has ${count} resource instances`;
  });
  const finalizers = describe(
    finalizersRemaining,
    (finalizer, count) => `${finalizer} in ${count} resource instances`,
  );
  return [
    // One store holds all that a namespace has, so there is nothing to discover and nothing to parse.
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      status: 'False',
      reason: 'ResourcesDiscovered',
      message: 'All resources successfully discovered',
    },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      status: 'False',
      reason: 'ParsedGroupVersions',
      message: 'All legacy kube types successfully parsed',
    },
    failure === undefined
      ? {
          type: 'NamespaceDeletionContentFailure',
          status: 'False',
          reason: 'ContentDeleted',
          message: 'All content successfully deleted, may be waiting on finalization',
        }
      : {
          type: 'NamespaceDeletionContentFailure',
          status: 'True',
          reason: 'ContentDeletionFailed',
          message: `Failed to delete all resource types, 1 remaining: ${failure}`,
        },
    resources === ''
      ? {
          type: 'NamespaceContentRemaining',
          status: 'False',
          reason: 'ContentRemoved',
          message: 'All content successfully removed',
        }
      : {
          type: 'NamespaceContentRemaining',
          status: 'True',
          reason: 'SomeResourcesRemain',
          message: `Some resources are remaining: ${resources}`,
        },
    finalizers === ''
      ? {
          type: 'NamespaceFinalizersRemaining',
          status: 'False',
          reason: 'ContentHasNoFinalizers',
          message: 'All content-preserving finalizers finished',
        }
      : {
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          reason: 'SomeFinalizersRemain',
          message: `Some content in the namespace has finalizers remaining: ${finalizers}`,
        },
  ];
}

function describe(
  counts: Readonly<Record<string, number>>,
  text: (name: string, count: number) => string,
): string {
  return Object.entries(counts)
    .map(([name, count]) => text(name, count))
    .sort()
    .join(', ');
}
