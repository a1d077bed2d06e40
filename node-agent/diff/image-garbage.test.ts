import { describe, expect, it } from 'vitest';
import type { PulledImage } from './image-garbage.ts';
import { bytesToFree, DEFAULT_IMAGE_GARBAGE_POLICY, removableImages } from './image-garbage.ts';

describe('Images that nobody uses', () => {
  it.each([
    { used: 84, want: 0 },
    { used: 85, want: 5 },
    { used: 100, want: 20 },
  ])('have to give $want % back when $used % of the disk are used', ({ used, want }) => {
    const disk = { capacityBytes: 1000, availableBytes: 1000 - used * 10 };
    expect(bytesToFree(disk, DEFAULT_IMAGE_GARBAGE_POLICY)).toBe(want * 10);
  });

  it('are left alone where the disk cannot be read', () => {
    const disk = { capacityBytes: 0, availableBytes: 0 };
    expect(bytesToFree(disk, DEFAULT_IMAGE_GARBAGE_POLICY)).toBe(0);
  });

  it('go by when they were used last; none in use, and none that has just come', () => {
    const image = (name: string, fields: Partial<PulledImage>): PulledImage => ({
      name,
      id: name,
      sizeBytes: 1,
      inUse: false,
      lastUsedAtMs: 0,
      firstSeenAtMs: 0,
      ...fields,
    });
    const images = [
      image('lately', { lastUsedAtMs: 900 }),
      image('used', { inUse: true }),
      image('new', { firstSeenAtMs: 950 }),
      image('never, later', { firstSeenAtMs: 500 }),
      image('never, first', { firstSeenAtMs: 100 }),
    ];
    expect(removableImages(images, 100, 1000).map(({ name }) => name)).toEqual([
      'never, first',
      'never, later',
      'lately',
    ]);
  });
});
