import { describe, expect, it } from 'vitest';
import type { Pod } from '../kinds.ts';
import { rankForDeletion } from './deletion-rank.ts';

const NOW = Date.UTC(2026, 0, 2);
const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

interface Sample {
  node?: string;
  phase?: string;
  ready?: number;
  cost?: string;
  restarts?: number;
  age?: number;
}

function pod(name: string, sample: Sample = {}): Pod {
  const { node, phase = 'Running', ready, cost, restarts = 0, age = 1000 } = sample;
  return {
    metadata: {
      name,
      uid: name,
      creationTimestamp: ago(age),
      ...(cost === undefined
        ? {}
        : { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
    },
    spec: { containers: [], ...(node === undefined ? {} : { nodeName: node }) },
    status: {
      phase,
      conditions:
        ready === undefined
          ? []
          : [{ type: 'Ready', status: 'True', lastTransitionTime: ago(ready) }],
      containerStatuses: [
        { name: 'c', image: '', imageID: '', ready: true, restartCount: restarts },
      ],
    },
  };
}

const first = (a: Pod, b: Pod, related: Pod[] = []): string =>
  rankForDeletion([b, a], related, NOW)[0]!.metadata.name;

describe('the order in which replicas are given up', () => {
  it.each<[string, Sample, Sample]>([
    ['one without a node', {}, { node: 'n' }],
    ['a pending one', { node: 'n', phase: 'Pending' }, { node: 'n', phase: 'Unknown' }],
    ['an unknown one', { node: 'n', phase: 'Unknown' }, { node: 'n', phase: 'Running' }],
    ['one that is not ready', { node: 'n' }, { node: 'n', ready: 10 }],
    ['a cheap one', { node: 'n', ready: 10, cost: '-5' }, { node: 'n', ready: 10 }],
    ['one with a cost that is no number', { node: 'n', cost: 'x' }, { node: 'n', cost: '1' }],
    ['one ready for less time', { node: 'n', ready: 10 }, { node: 'n', ready: 10_000 }],
    ['a restarted one', { node: 'n', restarts: 3 }, { node: 'n', restarts: 1 }],
    ['a young one', { node: 'n', age: 10 }, { node: 'n', age: 100_000 }],
  ])('begins with %s', (_what, goes, stays) => {
    expect(first(pod('z', goes), pod('a', stays))).toBe('z');
  });

  it('prefers the node where more pods of the family are', () => {
    const crowded = pod('z', { node: 'full', ready: 10 });
    const alone = pod('a', { node: 'empty', ready: 10 });
    const sibling = pod('s', { node: 'full', ready: 10 });
    expect(first(crowded, alone, [crowded, alone, sibling])).toBe('z');
  });

  it('treats ages of the same power of two alike, so that not always the youngest goes', () => {
    const younger = pod('z', { node: 'n', ready: 1000 });
    const older = pod('a', { node: 'n', ready: 1010 });
    expect(first(younger, older)).toBe('a');
  });

  it('is a total order whatever order the pods come in', () => {
    const pods = [1, 2, 3, 4].map((n) => pod(`p${n}`, { node: 'n', ready: 1000 + n }));
    const names = (list: readonly Pod[]) => list.map(({ metadata }) => metadata.name);
    expect(names(rankForDeletion(pods.toReversed(), pods, NOW))).toEqual(
      names(rankForDeletion(pods, pods, NOW)),
    );
  });
});
