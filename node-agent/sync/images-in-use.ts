import { normalImageName } from '../diff/image-reference.ts';
import type { DesiredPod, VolumeSpec } from '../diff/pod.ts';
import type { EngineView } from './engine-view.ts';

/**
 * Whole names of the images of all containers of the node, and of all that its pods name: a node that is cut
 * off could not pull them again.
 */
export function imagesInUse(
  view: Pick<EngineView, 'podUIDs' | 'pod'>,
  pods: Iterable<DesiredPod>,
): Set<string> {
  const used = new Set<string>();
  for (const uid of view.podUIDs()) {
    for (const { image } of view.pod(uid).containers) used.add(normalImageName(image));
  }
  for (const { spec } of pods) {
    const containers = [
      ...spec.containers,
      ...(spec.initContainers ?? []),
      ...(spec.ephemeralContainers ?? []),
    ];
    const volumes: readonly VolumeSpec[] = spec.volumes ?? [];
    const images = [
      ...containers.map(({ image }) => image),
      ...volumes.map((volume) => volume.image?.reference),
    ];
    for (const image of images) {
      if (image !== undefined && image !== '') used.add(normalImageName(image));
    }
  }
  return used;
}
