import { controllerOf } from '../../../apimachinery/owner-references.ts';
import { DAEMON_FAILURES, NODE_PLACES } from '../../registry/hidden-resources.ts';
import { ALL_PLACES } from '../../registry/node-place.ts';
import type { NodePlace } from '../../registry/node-place.ts';
import { ownerName, ownersOfRevision } from '../controller-revisions/revision-keys.ts';
import { revisionName } from '../controller-revisions/new-revision.ts';
import { REVISIONS } from '../controller-revisions/revision.ts';
import { as, asList } from '../kinds.ts';
import type { ControllerRevision, DaemonSet, Pod } from '../kinds.ts';
import { isNamespaceTerminating } from '../namespace-content/is-namespace-terminating.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { labelPredicate } from '../selector.ts';
import type { DaemonFailures } from './backoff.ts';
import { planDaemonSet } from './plan.ts';
import type { ObservedDaemonSet } from './plan.ts';
import { DAEMON_SET, DAEMON_SETS } from './set-facts.ts';

export const daemonSetPlanner: Planner<ObservedDaemonSet> = {
  name: 'daemonset-controller',
  account: 'daemon-set-controller',
  keysFor,
  observe,
  plan: planDaemonSet,
};

function keysFor(change: Change, reader: Reader): readonly string[] {
  switch (change.resource) {
    case DAEMON_SETS:
      return change.after === null ? [] : [change.name];
    case 'pods':
      return setsOfPod(change, reader);
    case REVISIONS:
      return ownersOfRevision(DAEMON_SET, DAEMON_SETS, change, reader);
    case NODE_PLACES:
      // Until all are there, nothing is planned anyway.
      return reader.get(NODE_PLACES, ALL_PLACES) === null
        ? []
        : reader.list(DAEMON_SETS).map(({ metadata }) => metadata.name ?? '');
    default:
      return [];
  }
}

function setsOfPod({ before, after }: Change, reader: Reader): readonly string[] {
  const keys = new Set<string>();
  for (const pod of [before, after]) {
    const owner = pod === null ? undefined : ownerName(DAEMON_SET, pod);
    if (owner !== undefined) keys.add(owner);
  }
  if (after !== null && controllerOf(after) === undefined) {
    for (const { metadata, spec } of asList<DaemonSet>(reader.list(DAEMON_SETS))) {
      if (labelPredicate(spec.selector)(after.metadata.labels)) keys.add(metadata.name);
    }
  }
  return [...keys];
}

function observe(reader: Reader, key: string): ObservedDaemonSet | null {
  const object = reader.get(DAEMON_SETS, key);
  if (object === null || reader.get(NODE_PLACES, ALL_PLACES) === null) return null;
  const set = as<DaemonSet>(object);
  const { uid } = set.metadata;
  const matches = labelPredicate(set.spec.selector);
  const namesake = reader.get(REVISIONS, revisionName(set));
  const failures = reader.get(DAEMON_FAILURES, key);
  return {
    set,
    places: asList<NodePlace>(reader.list(NODE_PLACES)).filter(
      ({ metadata }) => metadata.name !== ALL_PLACES,
    ),
    controlled: asList<Pod>(reader.listControlledBy('pods', uid)),
    orphans: asList<Pod>(reader.listWithoutController('pods')).filter(({ metadata }) =>
      matches(metadata.labels),
    ),
    revisions: asList<ControllerRevision>(reader.listControlledBy(REVISIONS, uid)),
    orphanRevisions: asList<ControllerRevision>(reader.listWithoutController(REVISIONS)).filter(
      ({ metadata }) => matches(metadata.labels),
    ),
    revisionNamesake: namesake === null ? null : as<ControllerRevision>(namesake),
    failures: failures === null ? null : as<DaemonFailures>(failures),
    namespaceTerminating: isNamespaceTerminating(reader),
  };
}
