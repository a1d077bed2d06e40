import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PersistentVolume, PersistentVolumeClaim } from '../kinds.ts';
import { onNode } from '../testing/storage-samples.ts';
import { StorageWorld } from '../testing/storage-world.ts';
import { awaitsRemoval } from './volume-facts.ts';

const CLAIMS = 'persistentvolumeclaims';
const VOLUMES = 'persistentvolumes';
const NODES = ['a', 'b'];
/** Of no class, of one whose volumes are made by hand for pods that have a node, of our own. */
const CLASSES = ['', 'disks', 'local-path'];

type Step =
  | { readonly do: 'volume'; readonly size: number; readonly of: number; readonly on: number }
  | { readonly do: 'claim'; readonly size: number; readonly of: number }
  | { readonly do: 'name' | 'keep' | 'select'; readonly pick: number; readonly to: number }
  | { readonly do: 'drop-claim' | 'drop-volume' | 'free' | 'removed'; readonly pick: number }
  | { readonly do: 'plan-cluster' | 'plan-shop' | 'deliver-claims' | 'deliver-answers' };

const pick = fc.nat(1000);
const size = fc.integer({ min: 1, max: 4 });
const of = fc.nat(CLASSES.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('volume' as const), size, of: fc.nat(1), on: fc.nat(2) }),
  fc.record({ do: fc.constant('claim' as const), size, of }),
  fc.record({ do: fc.constantFrom('name', 'keep', 'select'), pick, to: pick }),
  fc.record({ do: fc.constantFrom('drop-claim', 'drop-volume', 'free', 'removed'), pick }),
  fc.record({
    do: fc.constantFrom('plan-cluster', 'plan-shop', 'deliver-claims', 'deliver-answers'),
  }),
);

class World extends StorageWorld {
  readonly #given = new Map<string, string>();
  #count = 0;

  constructor() {
    super();
    for (const node of NODES) this.addNode(node);
    this.addLocalPath();
    this.addClass('disks', 'kubernetes.io/no-provisioner', {
      volumeBindingMode: 'WaitForFirstConsumer',
    });
  }

  take(next: Step): void {
    switch (next.do) {
      case 'volume': {
        const node = NODES[next.on];
        return this.addVolume(`v${++this.#count}`, {
          capacity: { storage: `${next.size}Gi` },
          storageClassName: CLASSES[next.of],
          ...(node === undefined ? {} : onNode(node)),
        });
      }
      case 'claim': {
        // Names come again, for claims that are others.
        const name = `c${++this.#count % 4}`;
        if (this.claims().some(({ metadata }) => metadata.name === name)) return;
        return this.addClaim(name, {
          resources: { requests: { storage: `${next.size}Gi` } },
          storageClassName: CLASSES[next.of],
        });
      }
      case 'plan-cluster':
        return void this.cluster.settle();
      case 'plan-shop':
        return void this.shop.settle();
      case 'deliver-claims':
        return this.deliverClaims();
      case 'deliver-answers':
        return this.deliverAnswers();
      default:
        return this.#touch(next);
    }
  }

  #touch(next: Extract<Step, { pick: number }>): void {
    const claim = this.claims()[next.pick % Math.max(1, this.claims().length)];
    const volume = this.volumes()[next.pick % Math.max(1, this.volumes().length)];
    switch (next.do) {
      case 'name': {
        // A user names the volume of a claim that has none yet.
        const other = this.volumes()[next.to % Math.max(1, this.volumes().length)];
        if (claim === undefined || other === undefined || claim.spec.volumeName) return;
        return this.shop.edit(CLAIMS, claim.metadata.name, (draft) => {
          (draft['spec'] as { volumeName?: string }).volumeName = other.metadata.name;
        });
      }
      case 'keep': {
        const other = this.claims()[next.to % Math.max(1, this.claims().length)];
        if (volume === undefined || other === undefined || volume.spec.claimRef) return;
        return this.cluster.edit(VOLUMES, volume.metadata.name, (draft) => {
          const claimRef = { namespace: 'shop', name: other.metadata.name };
          Object.assign(draft['spec'] as object, { claimRef });
        });
      }
      case 'select': {
        const isFree =
          claim !== undefined &&
          claim.spec.storageClassName !== '' &&
          !claim.spec.volumeName &&
          claim.metadata.annotations?.['volume.kubernetes.io/selected-node'] === undefined;
        if (!isFree) return;
        return this.selectNode(claim.metadata.name, NODES[next.to % 2] ?? '');
      }
      case 'drop-claim':
        if (claim !== undefined) this.shop.delete(CLAIMS, claim.metadata.name);
        return;
      case 'drop-volume':
        if (volume !== undefined) this.cluster.delete(VOLUMES, volume.metadata.name);
        return;
      case 'free':
        if (volume?.status?.phase !== 'Released') return;
        return this.cluster.edit(VOLUMES, volume.metadata.name, (draft) => {
          delete (draft['spec'] as { claimRef?: object }).claimRef;
        });
      case 'removed':
        // What a node says once the directory is gone.
        if (volume === undefined || !awaitsRemoval(volume)) return;
        return this.cluster.remove(VOLUMES, volume.metadata.name);
    }
  }

  /** Holds at every moment, whatever is still on its way. */
  check(): void {
    const users = new Map<string, string>();
    for (const { metadata, spec, status } of this.claims()) {
      const { volumeName = '' } = spec;
      const before = this.#given.get(metadata.uid);
      if (before !== undefined) expect(volumeName, 'a claim changed its volume').toBe(before);
      if (volumeName !== '') this.#given.set(metadata.uid, volumeName);
      if (status?.phase !== 'Bound') continue;
      expect(users.get(volumeName), `${volumeName} is bound to two claims`).toBeUndefined();
      users.set(volumeName, metadata.name);
      const volume = this.volumes().find((found) => found.metadata.name === volumeName);
      expect(volume, 'the volume of a bound claim is gone').toBeDefined();
      expect(volume?.spec.claimRef?.uid, 'not the claim of its volume').toBe(metadata.uid);
      expect(volume && awaitsRemoval(volume), 'removed while it is in use').toBe(false);
    }
  }

  /** Plans until nothing is left to do, and has the nodes remove what is theirs to remove. */
  finish(): void {
    this.settle();
    for (const volume of this.volumes().filter(awaitsRemoval)) {
      this.cluster.remove(VOLUMES, volume.metadata.name);
    }
    this.settle();
    expect(this.volumes().filter(awaitsRemoval)).toEqual([]);
  }

  /** Holds when nothing is left to do. */
  checkSettled(): void {
    const owners = this.volumes().flatMap(({ spec }) => spec.claimRef?.uid ?? []);
    expect(new Set(owners).size, 'a claim has two volumes').toBe(owners.length);
    const claims = new Set(this.claims().map(({ metadata }) => metadata.uid));
    for (const { spec, status } of this.volumes()) {
      if (status?.phase !== 'Bound') continue;
      expect(claims.has(spec.claimRef?.uid ?? ''), 'bound to nothing').toBe(true);
    }
    for (const claim of this.claims()) {
      if (claim.status?.phase !== 'Pending' || claim.spec.volumeName) continue;
      expect(this.volumes().filter((volume) => couldBind(claim, volume))).toEqual([]);
      const selected = claim.metadata.annotations?.['volume.kubernetes.io/selected-node'];
      const isLeaving = claim.metadata.deletionTimestamp !== undefined;
      expect(selected === undefined || isLeaving, 'waits for nothing').toBe(true);
    }
    expect(this.cluster.writesOfAnotherRound()).toEqual([]);
  }
}

/** Whether an immediate claim should have got a volume. Told plainly: the sizes here are whole Gi. */
function couldBind(claim: PersistentVolumeClaim, volume: PersistentVolume): boolean {
  const gi = (text: string | undefined) => Number.parseInt(text ?? '0', 10);
  return (
    claim.spec.storageClassName === '' &&
    (volume.spec.storageClassName ?? '') === '' &&
    volume.status?.phase === 'Available' &&
    volume.metadata.deletionTimestamp === undefined &&
    volume.spec.claimRef === undefined &&
    gi(volume.spec.capacity?.['storage']) >= gi(claim.spec.resources?.requests?.['storage'])
  );
}

describe('claims and volumes', () => {
  it('VOLUME-7: never come to belong to two, whatever is late, lost or taken back', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
        const world = new World();
        for (const next of steps) {
          world.take(next);
          world.check();
        }
        world.finish();
        world.check();
        world.checkSettled();
      }),
      { numRuns: 500 },
    );
  });
});
