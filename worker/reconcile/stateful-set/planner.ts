import { ownerName, ownersOfRevision } from '../controller-revisions/revision-keys.ts';
import { revisionName } from '../controller-revisions/new-revision.ts';
import { REVISIONS } from '../controller-revisions/revision.ts';
import { as, asList } from '../kinds.ts';
import type { ControllerRevision, PersistentVolumeClaim, Pod, StatefulSet } from '../kinds.ts';
import { isNamespaceTerminating } from '../namespace-content/is-namespace-terminating.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { labelPredicate } from '../selector.ts';
import { CLAIMS, claimName } from './claims.ts';
import { planStatefulSet } from './plan.ts';
import type { ObservedStatefulSet } from './plan.ts';
import {
  identityOf,
  isMember,
  missingOrdinals,
  ordinalOf,
  podName,
  STATEFUL_SET,
  STATEFUL_SETS,
} from './set-facts.ts';

export const statefulSetPlanner: Planner<ObservedStatefulSet> = {
  name: 'statefulset-controller',
  keysFor,
  observe,
  plan: planStatefulSet,
};

function keysFor(change: Change, reader: Reader): readonly string[] {
  const { resource, name, after } = change;
  switch (resource) {
    case STATEFUL_SETS:
      return after === null ? [] : [name];
    case 'pods':
      return setsOfPod(change, reader);
    case REVISIONS:
      return ownersOfRevision(STATEFUL_SET, STATEFUL_SETS, change, reader);
    case CLAIMS:
      return setsOfClaim(name, reader);
    default:
      return [];
  }
}

/** The set that controls the pod, and the one whose place it has by its name. */
function setsOfPod({ name, before, after }: Change, reader: Reader): readonly string[] {
  const keys = new Set<string>();
  for (const pod of [before, after]) {
    const owner = pod === null ? undefined : ownerName(STATEFUL_SET, pod);
    if (owner !== undefined) keys.add(owner);
  }
  const named = identityOf(name)?.set;
  if (named !== undefined && reader.get(STATEFUL_SETS, named) !== null) keys.add(named);
  return [...keys];
}

function setsOfClaim(name: string, reader: Reader): readonly string[] {
  const ordinal = identityOf(name)?.ordinal;
  if (ordinal === undefined) return [];
  return asList<StatefulSet>(reader.list(STATEFUL_SETS))
    .filter((set) =>
      (set.spec.volumeClaimTemplates ?? []).some(
        ({ metadata }) => claimName(set, metadata?.name ?? '', ordinal) === name,
      ),
    )
    .map(({ metadata }) => metadata.name);
}

function observe(reader: Reader, key: string): ObservedStatefulSet | null {
  const object = reader.get(STATEFUL_SETS, key);
  if (object === null) return null;
  const set = as<StatefulSet>(object);
  const { uid } = set.metadata;
  const matches = labelPredicate(set.spec.selector);
  const controlled = asList<Pod>(reader.listControlledBy('pods', uid));
  const namesake = reader.get(REVISIONS, revisionName(set));
  const hasClaims = (set.spec.volumeClaimTemplates ?? []).length > 0;
  const claims = hasClaims ? asList<PersistentVolumeClaim>(reader.list(CLAIMS)) : [];
  return {
    set,
    controlled,
    orphans: asList<Pod>(reader.listWithoutController('pods')).filter((pod) => isMember(set, pod)),
    namesakes: namesakesOf(set, controlled, reader),
    revisions: asList<ControllerRevision>(reader.listControlledBy(REVISIONS, uid)),
    orphanRevisions: asList<ControllerRevision>(reader.listWithoutController(REVISIONS)).filter(
      ({ metadata }) => matches(metadata.labels),
    ),
    revisionNamesake: namesake === null ? null : as<ControllerRevision>(namesake),
    claims: new Map(claims.map((claim) => [claim.metadata.name, claim])),
    namespaceTerminating: isNamespaceTerminating(reader),
  };
}

/** Pods of others in the set's places. */
function namesakesOf(set: StatefulSet, controlled: readonly Pod[], reader: Reader): readonly Pod[] {
  const present = new Set(controlled.filter((pod) => isMember(set, pod)).map(ordinalOf));
  return missingOrdinals(set, present).flatMap((ordinal) => {
    const pod = reader.get('pods', podName(set, ordinal));
    return pod === null ? [] : [as<Pod>(pod)];
  });
}
