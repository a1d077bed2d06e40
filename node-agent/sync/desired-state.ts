import type * as core from 'kubernetes-types/core/v1';
import type { ControlFrame } from '../../apimachinery/agent-protocol.ts';
import type { ObjectSource } from '../diff/object-source.ts';
import type { DesiredPod } from '../diff/pod.ts';

export type DesiredFrame = Extract<ControlFrame, { type: 'desired' }>;
export type ObjectResource = DesiredFrame['objects'][number]['resource'];

const UID = /^[A-Za-z0-9][A-Za-z0-9-]{0,127}$/;

/** What one frame changed. */
export interface DesiredChanges {
  readonly podUIDs: ReadonlySet<string>;
  /** Namespaces in which a config map or secret changed. */
  readonly namespaces: ReadonlySet<string>;
}

/** What the control plane wants on this node, as of `position` in `epoch`. */
export class DesiredState implements ObjectSource {
  epoch = '';
  position = 0;
  /** Whether any state was ever confirmed, from the control plane or from this node's own disk. */
  confirmed = false;
  readonly pods = new Map<string, DesiredPod>();
  readonly objects = new Map<string, core.ConfigMap | core.Secret>();

  /** Whether the frame continues this state, or replaces it. */
  accepts(frame: DesiredFrame): boolean {
    return frame.from === 0 || (frame.epoch === this.epoch && frame.from === this.position);
  }

  /** Takes over an acceptable frame. Throws for a UID that could not be one. */
  apply(frame: DesiredFrame): DesiredChanges {
    // A UID becomes the name of a directory; nothing else may get there.
    const strange = frame.pods.find(({ uid }) => !UID.test(uid));
    if (strange !== undefined) throw new Error('pod UID is not valid');
    const podUIDs = new Set<string>();
    const namespaces = new Set<string>();
    if (frame.from === 0) {
      for (const pod of this.pods.values()) podUIDs.add(pod.metadata.uid);
      for (const key of this.objects.keys()) namespaces.add(key.split('/')[1] ?? '');
      this.pods.clear();
      this.objects.clear();
    }
    for (const { uid, pod } of frame.pods) {
      podUIDs.add(uid);
      if (pod === null) this.pods.delete(uid);
      // The control plane validated it against the schema; the frame's type is any object.
      else this.pods.set(uid, pod as unknown as DesiredPod);
    }
    for (const { resource, namespace, name, object } of frame.objects) {
      namespaces.add(namespace);
      const key = objectKey(resource, namespace, name);
      if (object === null) this.objects.delete(key);
      else this.objects.set(key, object);
    }
    this.epoch = frame.epoch;
    this.position = frame.position;
    this.confirmed = true;
    return { podUIDs, namespaces };
  }

  configMap(namespace: string, name: string): core.ConfigMap | undefined {
    return this.objects.get(objectKey('configmaps', namespace, name)) as core.ConfigMap | undefined;
  }

  secret(namespace: string, name: string): core.Secret | undefined {
    return this.objects.get(objectKey('secrets', namespace, name)) as core.Secret | undefined;
  }
}

export function objectKey(resource: ObjectResource, namespace: string, name: string): string {
  return `${resource}/${namespace}/${name}`;
}
