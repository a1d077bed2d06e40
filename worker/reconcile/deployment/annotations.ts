import type { Deployment, ReplicaSet } from '../kinds.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
/** Characters of `revision-history` that are kept; the oldest revisions go first (upstream's limit). */
const MAX_HISTORY_LENGTH = 2000;

/** Annotations of a Deployment that say something about it alone, and so are not its ReplicaSets'. */
const NOT_INHERITED: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
]);

type Annotations = Readonly<Record<string, string>>;

/** What an int64 holds. */
const MAX_REVISION = 2n ** 63n - 1n;

/** The revision that a Deployment or ReplicaSet carries, an int64; 0 for none or one that is no number. */
export function revisionOf(object: Deployment | ReplicaSet): bigint {
  return parseRevision(object.metadata.annotations?.[REVISION]) ?? 0n;
}

function parseRevision(text: string | undefined): bigint | null {
  if (text === undefined || !/^[+-]?\d{1,19}$/.test(text)) return null;
  const revision = BigInt(text.replace('+', ''));
  return revision >= -MAX_REVISION - 1n && revision <= MAX_REVISION ? revision : null;
}

/** The replicas that the Deployment wanted when it last sized this ReplicaSet. */
export function desiredReplicasOf(replicaSet: ReplicaSet): number | null {
  return counter(replicaSet.metadata.annotations?.[DESIRED_REPLICAS]);
}

/** Those replicas and the surge on top, or null when unknown. */
export function maxReplicasOf(replicaSet: ReplicaSet): number | null {
  return counter(replicaSet.metadata.annotations?.[MAX_REPLICAS]);
}

function counter(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null;
}

/** Annotations of a ReplicaSet after the Deployment sized it. */
export function withReplicas(
  annotations: Annotations,
  desired: number,
  max: number,
): Record<string, string> {
  return { ...annotations, [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(max) };
}

/**
 * Annotations of the ReplicaSet that holds the Deployment's current template: what it inherits, and
 * its revision. A revision that it had before (it is being rolled back to) moves into its history.
 */
export function forNewReplicaSet(
  own: Annotations,
  deployment: Annotations,
  revision: bigint,
): Record<string, string> {
  const inherited = Object.entries(deployment).filter(([key]) => !NOT_INHERITED.has(key));
  const next: Record<string, string> = { ...own, ...Object.fromEntries(inherited) };
  const old = own[REVISION];
  // One that is no number stays, as upstream leaves it.
  const before = old ? parseRevision(old) : 0n;
  if (before === null || before >= revision) return next;
  next[REVISION] = String(revision);
  if (old) next[REVISION_HISTORY] = appendHistory(own[REVISION_HISTORY], old);
  return next;
}

function appendHistory(history: string | undefined, revision: string): string {
  const revisions = history ? history.split(',') : [];
  revisions.push(revision);
  while (revisions.length > 1 && revisions.join(',').length > MAX_HISTORY_LENGTH) revisions.shift();
  return revisions.join(',');
}
