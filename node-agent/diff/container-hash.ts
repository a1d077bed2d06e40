import { createHash } from 'node:crypto';
import type { ContainerSpec } from './pod.ts';

/**
 * Identifies what a container must be replaced for: its name and image, the same choice that
 * kubelet makes, since the API lets nothing else of a running container change.
 */
export function containerHash(container: ContainerSpec): string {
  const text = JSON.stringify([container.name, container.image ?? '']);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
