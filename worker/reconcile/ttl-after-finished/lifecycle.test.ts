import { describe, expect, it } from 'vitest';
import { NAMESPACE_PLANNERS } from '../index.ts';
import { asList } from '../kinds.ts';
import type { Pod } from '../kinds.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { sampleJob, START } from '../testing/samples.ts';
import { ScriptedKubelet } from '../testing/scripted-kubelet.ts';

function newWorld(spec: Record<string, unknown>) {
  const store = new MemoryStore({ namespace: 'shop', planners: NAMESPACE_PLANNERS, now: START });
  store.create('jobs.batch', sampleJob(spec));
  store.settle();
  const kubelet = new ScriptedKubelet(store);
  const pods = () => asList<Pod>(store.objects.list('pods'));
  return {
    store,
    pods,
    isThere: () => store.objects.get('jobs.batch', 'work') !== null,
    finish: (exitCode: number) => {
      for (const pod of pods()) kubelet.finish(pod, exitCode);
      store.settle();
    },
    hold: (finalizers: string[]) => {
      for (const { metadata } of pods()) {
        store.edit('pods', metadata.name, (pod) => (pod.metadata.finalizers = finalizers));
      }
      store.settle();
    },
  };
}

describe('a Job with ttlSecondsAfterFinished', () => {
  it.each([0, 1])('goes, after its pods, so long after its end with exit code %d', (exitCode) => {
    const { store, pods, isThere, finish, hold } = newWorld({
      backoffLimit: 0,
      ttlSecondsAfterFinished: 30,
    });
    store.advance(60_000);
    expect(isThere()).toBe(true);
    finish(exitCode);
    hold(['example.com/hold']);
    store.advance(29_999);
    expect(pods()[0]?.metadata.deletionTimestamp).toBeUndefined();
    store.advance(1);
    expect(pods()[0]?.metadata.deletionTimestamp).toBeDefined();
    expect(isThere()).toBe(true);
    hold([]);
    expect(pods()).toEqual([]);
    expect(isThere()).toBe(false);
  });

  it('stays when it has none', () => {
    const { store, isThere, finish } = newWorld({});
    finish(0);
    store.advance(86_400_000);
    expect(isThere()).toBe(true);
  });
});
