import { DIRECTORY_ANNOTATION } from '../../../apimachinery/local-path.ts';
import { SELECTED_NODE } from '../../registry/binding/annotations.ts';
import { claimKey, copyOfClaim } from '../../registry/binding/claim-copy.ts';
import { answerInNamespace } from '../../registry/binding/volume-answer.ts';
import type { VolumeAnswer } from '../../registry/binding/volume-answer.ts';
import { VOLUME_ANSWERS, VOLUME_CLAIMS } from '../../registry/hidden-resources.ts';
import { LOCAL_PATH_CLASS } from '../../registry/resources/storage/local-path-class.ts';
import { NAMESPACE_PLANNERS } from '../index.ts';
import { as, asList } from '../kinds.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../kinds.ts';
import { volumePlanner } from '../persistent-volume/planner.ts';
import { volumeProtectionPlanner } from '../storage-protection/planner.ts';
import { MemoryStore } from './memory-store.ts';
import { START, sampleNode } from './samples.ts';
import { sampleClaim, sampleVolume } from './storage-samples.ts';

const VOLUMES = 'persistentvolumes';
const CLAIMS = 'persistentvolumeclaims';
const CLASSES = 'storageclasses.storage.k8s.io';

/** A cluster's store and that of its namespace `shop`, and what goes to and fro between them. */
export class StorageWorld {
  readonly cluster = new MemoryStore({
    namespace: '',
    planners: [volumePlanner, volumeProtectionPlanner],
    now: START,
  });
  readonly shop = new MemoryStore({
    namespace: 'shop',
    planners: NAMESPACE_PLANNERS,
    now: START,
  });

  /** Copies the claims as they are now to the cluster's store. */
  deliverClaims(): void {
    const copies = new Map(
      this.shop.objects
        .list(CLAIMS)
        .map((claim) => [claimKey('shop', claim.metadata.name ?? ''), copyOfClaim(claim, 'shop')]),
    );
    for (const { metadata } of this.cluster.objects.list(VOLUME_CLAIMS)) {
      if (!copies.has(metadata.name ?? '')) this.cluster.remove(VOLUME_CLAIMS, metadata.name ?? '');
    }
    for (const copy of copies.values()) this.cluster.mirror(VOLUME_CLAIMS, copy);
  }

  /** Copies what is said to claims to their namespace's store. */
  deliverAnswers(): void {
    const answers = asList<VolumeAnswer>(this.cluster.objects.list(VOLUME_ANSWERS)).map(
      answerInNamespace,
    );
    const names = new Set(answers.map(({ metadata }) => metadata.name));
    for (const { metadata } of this.shop.objects.list(VOLUME_ANSWERS)) {
      if (!names.has(metadata.name ?? '')) this.shop.remove(VOLUME_ANSWERS, metadata.name ?? '');
    }
    for (const answer of answers) this.shop.mirror(VOLUME_ANSWERS, answer);
  }

  /** Plans and delivers until nothing is left to do. */
  settle(): void {
    for (let round = 0; round < 50; round++) {
      const effective = [this.shop.settle(), this.cluster.settle()];
      this.deliverClaims();
      this.deliverAnswers();
      if (round > 0 && effective.every((plans) => plans === 0)) return;
    }
    throw new Error('claims and volumes do not settle');
  }

  addNode(name: string): void {
    const node = sampleNode(name, { 'kubernetes.io/hostname': name });
    node.metadata.annotations = { [DIRECTORY_ANNOTATION]: '/volumes' };
    this.cluster.mirror('nodes', node);
  }

  addLocalPath(): void {
    this.cluster.create(CLASSES, LOCAL_PATH_CLASS);
  }

  addClass(name: string, provisioner: string, fields: object = {}): void {
    const metadata = { name };
    const apiVersion = 'storage.k8s.io/v1';
    this.cluster.create(CLASSES, {
      apiVersion,
      kind: 'StorageClass',
      metadata,
      provisioner,
      ...fields,
    });
  }

  addVolume(name: string, spec: object = {}, metadata: object = {}): void {
    this.cluster.create(VOLUMES, sampleVolume(name, spec, metadata));
  }

  addClaim(name: string, spec: object = {}, metadata: object = {}): void {
    this.shop.create(CLAIMS, sampleClaim(name, spec, metadata));
  }

  /** What the scheduler does once it has a node for the claim's first pod. */
  selectNode(claim: string, node: string): void {
    this.shop.edit(CLAIMS, claim, ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, [SELECTED_NODE]: node };
    });
  }

  volume(name: string): PersistentVolume {
    const found = this.cluster.objects.get(VOLUMES, name);
    if (found === null) throw new Error(`no volume ${name}`);
    return as<PersistentVolume>(found);
  }

  claim(name: string): PersistentVolumeClaim {
    const found = this.shop.objects.get(CLAIMS, name);
    if (found === null) throw new Error(`no claim ${name}`);
    return as<PersistentVolumeClaim>(found);
  }

  volumes(): readonly PersistentVolume[] {
    return asList<PersistentVolume>(this.cluster.objects.list(VOLUMES));
  }

  claims(): readonly PersistentVolumeClaim[] {
    return asList<PersistentVolumeClaim>(this.shop.objects.list(CLAIMS));
  }

  /** The last event about an object of the namespace or of the cluster, as `Reason: message`. */
  lastEvent(name: string): string | undefined {
    const about = [...this.cluster.events, ...this.shop.events].filter(
      ({ regarding }) => regarding === name,
    );
    const last = about.at(-1);
    return last === undefined ? undefined : `${last.reason}: ${last.message}`;
  }
}
