import { describe, expect, it } from 'vitest';
import type { DesiredPod } from './pod.ts';
import { mirrorPod, planMirrors, staticPod } from './static-pod.ts';

const MANIFEST = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: { containers: [{ name: 'main', image: 'web:1' }] },
};
const NODE = { name: 'Edge', uid: 'node-uid' };

describe('A static pod', () => {
  it('is named for its node, and has the same UID as long as its manifest is the same', () => {
    const pod = staticPod(MANIFEST, 'Edge');
    expect(pod.metadata).toMatchObject({
      name: 'web-edge',
      namespace: 'default',
      annotations: {
        'kubernetes.io/config.hash': pod.metadata.uid,
        'kubernetes.io/config.source': 'file',
      },
    });
    expect(pod.spec).toMatchObject({
      nodeName: 'Edge',
      tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
    });
    expect(staticPod(structuredClone(MANIFEST), 'Edge').metadata.uid).toBe(pod.metadata.uid);
    const other = { ...MANIFEST, spec: { containers: [{ name: 'main', image: 'web:2' }] } };
    expect(staticPod(other, 'Edge').metadata.uid).not.toBe(pod.metadata.uid);
  });

  it.each([
    [null, 'it is not a v1 Pod'],
    [{ ...MANIFEST, kind: 'Service' }, 'it is not a v1 Pod'],
    [{ ...MANIFEST, metadata: {} }, 'it has no name'],
    [{ ...MANIFEST, spec: {} }, 'it has no containers'],
  ])('is refused where the manifest is %j', (manifest, want) => {
    expect(() => staticPod(manifest, 'edge')).toThrow(want);
  });

  /** The mirror pod as the API server hands it back. */
  const mirrored = (pod: DesiredPod, more: object = {}): DesiredPod => {
    const mirror = mirrorPod(pod, NODE) as DesiredPod;
    return { ...mirror, metadata: { ...mirror.metadata, uid: 'mirror', ...more } };
  };

  it('POD-11: is mirrored once, and anew when the mirror is deleted or the manifest changes', () => {
    const pod = staticPod(MANIFEST, 'Edge');
    expect(planMirrors([pod], [])).toEqual({ create: [pod], remove: [] });
    expect(planMirrors([pod], [mirrored(pod)])).toEqual({ create: [], remove: [] });
    const going = mirrored(pod, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(planMirrors([pod], [going])).toEqual({ create: [], remove: [going] });
    const changed = staticPod({ ...MANIFEST, metadata: { name: 'web' } }, 'Edge');
    const stale = mirrored(pod);
    expect(planMirrors([changed], [stale])).toEqual({ create: [], remove: [stale] });
    expect(planMirrors([], [stale])).toEqual({ create: [], remove: [stale] });
  });

  it('leaves pods alone that mirror nothing', () => {
    const ordinary = { ...staticPod(MANIFEST, 'Edge') };
    expect(planMirrors([], [ordinary])).toEqual({ create: [], remove: [] });
  });
});
