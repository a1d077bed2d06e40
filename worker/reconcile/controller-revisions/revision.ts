import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { OwnerIdentity } from '../../../apimachinery/owner-references.ts';
import type { ControllerRevision, LabelSelector, PodTemplateSpec, Stored } from '../kinds.ts';

export const REVISIONS = 'controllerrevisions.apps';

/** What StatefulSets and DaemonSets have in common. */
export type RevisionOwner = Stored<
  {
    readonly selector?: LabelSelector | undefined;
    readonly template?: PodTemplateSpec | undefined;
    readonly revisionHistoryLimit?: number | undefined;
  },
  { readonly collisionCount?: number | undefined }
>;

/** What they do not have in common. */
export interface RevisionFlavor {
  readonly kind: 'StatefulSet' | 'DaemonSet';
  /** The label of a revision that holds its hash. */
  readonly hashLabel: string;
}

export function ownerIdentity(flavor: RevisionFlavor, { metadata }: RevisionOwner): OwnerIdentity {
  return {
    apiVersion: 'apps/v1',
    kind: flavor.kind,
    name: metadata.name,
    uid: metadata.uid,
  };
}

/** A template as a revision keeps it: a patch that puts it in place of another one. */
export function revisionData(template: PodTemplateSpec | undefined): object {
  return { spec: { template: { ...template, $patch: 'replace' } } };
}

/** The template that a revision holds. */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec {
  const { spec } = (data ?? {}) as { spec?: { template?: PodTemplateSpec & { $patch?: string } } };
  const { $patch: _, ...template } = spec?.template ?? {};
  return template;
}

export const numberOf = ({ revision }: ControllerRevision): number => revision ?? 0;

/** Oldest first: by number, then age, then name. */
export function inOrder(revisions: readonly ControllerRevision[]): readonly ControllerRevision[] {
  return revisions.toSorted(
    (a, b) =>
      numberOf(a) - numberOf(b) ||
      createdAt(a) - createdAt(b) ||
      (a.metadata.name < b.metadata.name ? -1 : 1),
  );
}

function createdAt({ metadata }: KubernetesObject): number {
  const time = Date.parse(metadata.creationTimestamp ?? '');
  return Number.isNaN(time) ? Infinity : time;
}
