import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { NAMESPACE_PLANNERS } from '../index.ts';
import { as } from '../kinds.ts';
import type { Deployment, PodDisruptionBudget } from '../kinds.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { sampleDeployment, setReplicas, START } from '../testing/samples.ts';
import { ScriptedKubelet } from '../testing/scripted-kubelet.ts';
import { BUDGETS } from './budget-facts.ts';

function newWorld(spec: object, replicas: number) {
  const store = new MemoryStore({ namespace: 'shop', planners: NAMESPACE_PLANNERS, now: START });
  store.create('deployments.apps', sampleDeployment({ replicas }));
  store.create(BUDGETS, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  });
  const kubelet = new ScriptedKubelet(store);
  store.settle();
  return {
    store,
    kubelet,
    status: () => as<PodDisruptionBudget>(store.objects.get(BUDGETS, 'web')!).status ?? {},
  };
}

it('a budget follows the pods of a Deployment, and its scale', () => {
  const { store, kubelet, status } = newWorld({ maxUnavailable: '40%' }, 5);
  expect(status()).toMatchObject({ expectedPods: 5, desiredHealthy: 3, disruptionsAllowed: 0 });
  kubelet.run();
  store.settle();
  expect(status()).toMatchObject({ currentHealthy: 5, disruptionsAllowed: 2 });
  kubelet.report(kubelet.pods()[0]!, false);
  store.settle();
  expect(status()).toMatchObject({ currentHealthy: 4, disruptionsAllowed: 1 });
  store.edit('deployments.apps', 'web', (draft) => setReplicas(draft, 10));
  store.settle();
  expect(status()).toMatchObject({ expectedPods: 10, desiredHealthy: 6, disruptionsAllowed: 0 });
  expect(store.writesOfAnotherRound()).toEqual([]);
});

it('an eviction that is not carried out is forgotten after two minutes', () => {
  const { store, kubelet, status } = newWorld({ minAvailable: 1 }, 2);
  kubelet.run();
  store.settle();
  const [pod] = kubelet.pods();
  const evictedAt = new Date(store.now).toISOString().replace(/\.\d+/, '');
  const write = (draft: KubernetesObject) => {
    draft['status'] = { ...status(), disruptedPods: { [pod!.metadata.name]: evictedAt } };
  };
  store.edit(BUDGETS, 'web', write, 'status');
  store.settle();
  expect(status()).toMatchObject({ currentHealthy: 1, disruptionsAllowed: 0 });
  store.advance(121_000);
  expect(status()).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1 });
  expect(status().disruptedPods).toBeUndefined();
  expect(store.events.map(({ reason }) => reason)).toContain('NotDeleted');
});

it('never allows more than there are healthy pods beyond those that have to be', () => {
  const share = fc.oneof(
    fc.nat(6),
    fc.nat(100).map((n) => `${n}%`),
  );
  const spec = fc.oneof(
    share.map((minAvailable) => ({ minAvailable })),
    share.map((maxUnavailable) => ({ maxUnavailable })),
  );
  fc.assert(
    fc.property(
      spec,
      fc.nat(6),
      fc.array(fc.boolean(), { maxLength: 6 }),
      (limits, replicas, ready) => {
        const { store, kubelet, status } = newWorld(limits, replicas);
        kubelet.pods().forEach((pod, i) => kubelet.report(pod, ready[i] ?? false));
        store.settle();
        const { currentHealthy = 0, desiredHealthy = 0, disruptionsAllowed = 0 } = status();
        const deployment = as<Deployment>(store.objects.get('deployments.apps', 'web')!);
        const allReady = deployment.status?.readyReplicas ?? 0;
        expect(currentHealthy).toBe(allReady);
        expect(disruptionsAllowed).toBeLessThanOrEqual(
          Math.max(0, currentHealthy - desiredHealthy),
        );
        expect(store.writesOfAnotherRound()).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
});
