import type { PodSpec, StatefulSet } from '../kinds.ts';
import type { PersistentVolumeClaim } from '../kinds.ts';
import type { Write } from '../planner.ts';
import { isLeftBehind, firstReferences, planRetention } from './retention.ts';
import type { Replica } from './retention.ts';
import { podName } from './set-facts.ts';
import { announceClaim, announcePod } from './texts.ts';

export const CLAIMS = 'persistentvolumeclaims';

/** The claims of a namespace, by name. */
export type ClaimsByName = ReadonlyMap<string, PersistentVolumeClaim>;

export const claimName = (set: StatefulSet, template: string, ordinal: number): string =>
  `${template}-${set.metadata.name}-${ordinal}`;

const templatesOf = ({ spec }: StatefulSet) =>
  (spec.volumeClaimTemplates ?? []).map((template) => ({
    ...template,
    name: template.metadata?.name ?? '',
  }));

/** A pod's volumes with the set's claims, which take the place of volumes of the same name. */
export function withClaimVolumes(
  set: StatefulSet,
  ordinal: number,
  volumes: PodSpec['volumes'] = [],
): NonNullable<PodSpec['volumes']> {
  const own = templatesOf(set).map(({ name }) => ({
    name,
    persistentVolumeClaim: { claimName: claimName(set, name, ordinal) },
  }));
  const taken = new Set(own.map(({ name }) => name));
  return [...own, ...volumes.filter(({ name }) => !taken.has(name))];
}

/** Whether a pod mounts what its ordinal should. */
export function hasClaimVolumes(
  set: StatefulSet,
  ordinal: number,
  volumes: PodSpec['volumes'] = [],
): boolean {
  return templatesOf(set).every(({ name }) => {
    const volume = volumes.find((candidate) => candidate.name === name);
    return volume?.persistentVolumeClaim?.claimName === claimName(set, name, ordinal);
  });
}

export type ClaimState =
  | { readonly state: 'ready'; readonly writes: readonly Write[] }
  /** A claim of a former pod has to go first. */
  | { readonly state: 'left-behind' }
  | { readonly state: 'leaving'; readonly claim: string };

/** Makes the claims of a replica that are missing, and gives those that are there their owner. */
export function planClaimsOf(set: StatefulSet, replica: Replica, claims: ClaimsByName): ClaimState {
  const { ordinal } = replica;
  const writes: Write[] = [];
  const templates = templatesOf(set).map((template) => ({
    template,
    claim: claims.get(claimName(set, template.name, ordinal)),
  }));
  const isFree = replica.uid === null;
  if (isFree && templates.some(({ claim }) => claim && isLeftBehind(set, ordinal, claim))) {
    return { state: 'left-behind' };
  }
  for (const { template, claim } of templates) {
    if (claim === undefined) {
      writes.push(newClaim(set, ordinal, template));
    } else if (claim.metadata.deletionTimestamp !== undefined) {
      return { state: 'leaving', claim: claim.metadata.name };
    }
  }
  return { state: 'ready', writes: [...writes, ...planRetentions(set, replica, claims)] };
}

/** Gives the claims of a replica the owner that they should have. */
export function planRetentions(set: StatefulSet, replica: Replica, claims: ClaimsByName): Write[] {
  return templatesOf(set).flatMap(({ name }): Write[] => {
    const claim = claims.get(claimName(set, name, replica.ordinal));
    const object = claim === undefined ? null : planRetention(set, replica, claim);
    if (object === null) return [];
    const { regarding, onFailure } = announcePod(set, 'update', podName(set, replica.ordinal));
    return [
      {
        verb: 'update',
        resource: CLAIMS,
        object,
        announce: onFailure === undefined ? { regarding } : { regarding, onFailure },
      },
    ];
  });
}

function newClaim(
  set: StatefulSet,
  ordinal: number,
  { name: templateName, metadata, spec }: ReturnType<typeof templatesOf>[number],
): Write {
  const name = claimName(set, templateName, ordinal);
  const { labels, annotations, finalizers } = metadata ?? {};
  const ownerReferences = firstReferences(set, ordinal);
  return {
    verb: 'create',
    resource: CLAIMS,
    object: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name,
        labels: { ...labels, ...set.spec.selector.matchLabels },
        ...(annotations === undefined ? {} : { annotations }),
        ...(finalizers === undefined ? {} : { finalizers }),
        ...(ownerReferences.length === 0 ? {} : { ownerReferences }),
      },
      spec: spec ?? {},
    },
    announce: announceClaim(set, name, podName(set, ordinal)),
  };
}
