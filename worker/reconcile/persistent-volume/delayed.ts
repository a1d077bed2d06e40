import type { NodeSelectorTerm } from 'kubernetes-types/core/v1.js';
import { LOCAL_PATH } from '../../../apimachinery/local-path.ts';
import { NO_PROVISIONER } from '../../registry/binding/annotations.ts';
import type { ClaimCopy } from '../../registry/binding/claim-copy.ts';
import type { DelayedBinding } from '../../registry/binding/volume-answer.ts';
import type { Node, PersistentVolume, StorageClass } from '../kinds.ts';
import { freeVolumes } from './match.ts';
import { keepsDirectories } from './provision.ts';
import { nodeTermsOf, sizeOf } from './volume-facts.ts';

/** Volumes that are named for one claim, at most: the smallest. */
const MAX_CANDIDATES = 1_000;

/** On which nodes a claim can be had that waits for its first pod. */
export function delayedBinding(
  claim: ClaimCopy,
  storageClass: StorageClass,
  volumes: readonly PersistentVolume[],
  nodes: readonly Node[],
): DelayedBinding {
  const { provisioner, allowedTopologies = [] } = storageClass;
  const candidates = freeVolumes(claim, volumes)
    .sort((a, b) => bySize(sizeOf(a.spec?.capacity), sizeOf(b.spec?.capacity)))
    .slice(0, MAX_CANDIDATES)
    .map((volume) => {
      const nodeTerms = nodeTermsOf(volume);
      return { name: volume.metadata.name, ...(nodeTerms === undefined ? {} : { nodeTerms }) };
    });
  const topologies = allowedTopologies.map(({ matchLabelExpressions = [] }): NodeSelectorTerm => ({
    matchExpressions: matchLabelExpressions.map((rule) => ({ operator: 'In', ...rule })),
  }));
  const excludes =
    provisioner === LOCAL_PATH
      ? nodes.filter((node) => !keepsDirectories(node)).map(({ metadata }) => metadata.name)
      : [];
  return {
    candidates,
    provisions: provisioner !== NO_PROVISIONER,
    ...(topologies.length === 0 ? {} : { topologies }),
    ...(excludes.length === 0 ? {} : { excludes }),
  };
}

const bySize = (a: bigint, b: bigint): number => (a === b ? 0 : a < b ? -1 : 1);
