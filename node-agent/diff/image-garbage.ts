/** An image that the agent has pulled, by one of its names. */
export interface PulledImage {
  readonly name: string;
  readonly id: string;
  readonly sizeBytes: number;
  /** A container, or a pod that is wanted here, is of it. */
  readonly inUse: boolean;
  readonly lastUsedAtMs: number;
  readonly firstSeenAtMs: number;
}

export interface Disk {
  readonly capacityBytes: number;
  readonly availableBytes: number;
}

/** Kubelet's settings of the same names. */
export interface ImageGarbagePolicy {
  readonly highThresholdPercent: number;
  readonly lowThresholdPercent: number;
  readonly minimumAgeMs: number;
}

export const DEFAULT_IMAGE_GARBAGE_POLICY: ImageGarbagePolicy = {
  highThresholdPercent: 85,
  lowThresholdPercent: 80,
  minimumAgeMs: 120_000,
};

/** How many bytes have to go for the disk to be below the low threshold; 0 below the high one. */
export function bytesToFree(disk: Disk, policy: ImageGarbagePolicy): number {
  const { capacityBytes, availableBytes } = disk;
  if (capacityBytes <= 0) return 0;
  const usedPercent = 100 - Math.floor((availableBytes * 100) / capacityBytes);
  if (usedPercent < policy.highThresholdPercent) return 0;
  const wanted = Math.floor((capacityBytes * (100 - policy.lowThresholdPercent)) / 100);
  return Math.max(0, wanted - availableBytes);
}

/**
 * Images that may go, the one that was used the longest ago first: none that is in use, and none that
 * has been here for a short time only (pkg/kubelet/images, image_gc_manager.go).
 */
export function removableImages(
  images: readonly PulledImage[],
  minimumAgeMs: number,
  now: number,
): PulledImage[] {
  return images
    .filter(({ inUse, firstSeenAtMs }) => !inUse && now - firstSeenAtMs >= minimumAgeMs)
    .sort((a, b) => a.lastUsedAtMs - b.lastUsedAtMs || a.firstSeenAtMs - b.firstSeenAtMs);
}
