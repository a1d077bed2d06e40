import { describe, expect, it } from 'vitest';
import { as, asList } from '../kinds.ts';
import type { Deployment, ReplicaSet } from '../kinds.ts';
import { NAMESPACE_PLANNERS } from '../index.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import {
  START,
  sampleDeployment,
  sampleReplicaSet,
  setImage,
  setReplicas,
} from '../testing/samples.ts';
import { ScriptedKubelet } from '../testing/scripted-kubelet.ts';
import { REVISION } from './annotations.ts';

function newWorld(spec: Record<string, unknown> = {}) {
  const store = new MemoryStore({ namespace: 'shop', planners: NAMESPACE_PLANNERS, now: START });
  store.create('deployments.apps', sampleDeployment(spec));
  const kubelet = new ScriptedKubelet(store);
  return {
    store,
    kubelet,
    deployment: () => as<Deployment>(store.objects.get('deployments.apps', 'web')!),
    replicaSets: () => asList<ReplicaSet>(store.objects.list('replicasets.apps')),
    edit: (change: Parameters<MemoryStore['edit']>[2]) =>
      store.edit('deployments.apps', 'web', change),
    condition: (type: string) =>
      as<Deployment>(store.objects.get('deployments.apps', 'web')!).status?.conditions?.find(
        (condition) => condition.type === type,
      ),
    messages: (component: string) =>
      store.events.filter((event) => event.component === component).map(({ message }) => message),
  };
}

const imageOf = (replicaSet: ReplicaSet): string | undefined =>
  replicaSet.spec.template?.spec?.containers[0]?.image;

describe('a new Deployment', () => {
  it('gets a ReplicaSet named for its template, of full size, with revision 1', () => {
    const { store, deployment, replicaSets } = newWorld();
    store.settle();
    const [replicaSet] = replicaSets();
    const hash = replicaSet!.metadata.labels!['pod-template-hash']!;
    expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
    expect(replicaSet).toMatchObject({
      metadata: {
        name: `web-${hash}`,
        labels: { app: 'web' },
        annotations: {
          'deployment.kubernetes.io/desired-replicas': '3',
          'deployment.kubernetes.io/max-replicas': '4',
          'deployment.kubernetes.io/revision': '1',
        },
        ownerReferences: [{ kind: 'Deployment', name: 'web', controller: true }],
      },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'web', 'pod-template-hash': hash } },
        template: { metadata: { labels: { app: 'web', 'pod-template-hash': hash } } },
      },
    });
    expect(deployment().metadata.annotations?.[REVISION]).toBe('1');
  });

  it('says what it did in the words of upstream', () => {
    const { store, replicaSets, messages } = newWorld();
    store.settle();
    expect(messages('deployment-controller')).toEqual([
      `Scaled up replica set ${replicaSets()[0]!.metadata.name} from 0 to 3`,
    ]);
    expect(messages('replicaset-controller')).toHaveLength(3);
    expect(messages('replicaset-controller')[0]).toMatch(/^Created pod: web-\w+-\w{5}$/);
  });

  it('is unavailable and progressing until its pods are ready, then complete', () => {
    const { store, kubelet, deployment, condition, replicaSets } = newWorld();
    store.settle();
    expect(deployment().status).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      unavailableReplicas: 3,
    });
    expect(condition('Available')).toMatchObject({
      status: 'False',
      reason: 'MinimumReplicasUnavailable',
    });
    expect(condition('Progressing')).toMatchObject({ status: 'True', reason: 'ReplicaSetUpdated' });
    kubelet.run();
    expect(deployment().status).toMatchObject({
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      terminatingReplicas: 0,
    });
    expect(deployment().status).not.toHaveProperty('unavailableReplicas');
    expect(condition('Available')).toMatchObject({ reason: 'MinimumReplicasAvailable' });
    expect(condition('Progressing')).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: `ReplicaSet "${replicaSets()[0]!.metadata.name}" has successfully progressed.`,
    });
  });

  it('changes nothing when planned again', () => {
    const { store, kubelet } = newWorld();
    kubelet.run();
    expect(store.writesOfAnotherRound()).toEqual([]);
  });
});

describe('a rolling update', () => {
  it('moves to the new template and keeps the old ReplicaSet for rollback', () => {
    const { kubelet, edit, replicaSets, deployment } = newWorld();
    kubelet.run();
    edit((draft) => setImage(draft, 'web:2'));
    kubelet.run();
    expect(replicaSets().map((rs) => [imageOf(rs), rs.spec.replicas])).toEqual([
      ['web:1', 0],
      ['web:2', 3],
    ]);
    expect(deployment().metadata.annotations?.[REVISION]).toBe('2');
    expect(deployment().status).toMatchObject({ replicas: 3, updatedReplicas: 3 });
  });

  it('takes one step at a time within surge and unavailability', () => {
    const { store, kubelet, edit, replicaSets } = newWorld({
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    });
    kubelet.run();
    edit((draft) => setImage(draft, 'web:2'));
    store.settle();
    const sizes = () => replicaSets().map(({ spec }) => spec.replicas);
    expect(sizes()).toEqual([3, 1]);
    kubelet.report(
      kubelet.pods().find((pod) => pod.spec.nodeName === undefined)!,
      true,
    );
    store.settle();
    expect(sizes()).toEqual([2, 2]);
  });

  it('restarts the same ReplicaSet with a new revision when the old template comes back', () => {
    const { kubelet, edit, replicaSets, deployment } = newWorld();
    kubelet.run();
    edit((draft) => setImage(draft, 'web:2'));
    kubelet.run();
    edit((draft) => setImage(draft, 'web:1'));
    kubelet.run();
    const [first] = replicaSets();
    expect(replicaSets()).toHaveLength(2);
    expect(first!.spec.replicas).toBe(3);
    expect(first!.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    });
    expect(deployment().metadata.annotations?.[REVISION]).toBe('3');
  });

  it('deletes ReplicaSets beyond the history limit, oldest revision first', () => {
    const { kubelet, edit, replicaSets } = newWorld({ revisionHistoryLimit: 1 });
    kubelet.run();
    for (const image of ['web:2', 'web:3', 'web:4']) {
      edit((draft) => setImage(draft, image));
      kubelet.run();
    }
    expect(replicaSets().map(imageOf)).toEqual(['web:3', 'web:4']);
  });

  it('takes away replicas that never became ready before others', () => {
    const { store, kubelet, edit, replicaSets } = newWorld({
      replicas: 4,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
    });
    kubelet.run();
    edit((draft) => setImage(draft, 'web:bad'));
    store.settle();
    edit((draft) => setImage(draft, 'web:good'));
    store.settle();
    const byImage = Object.fromEntries(replicaSets().map((rs) => [imageOf(rs), rs.spec.replicas]));
    expect(byImage).toEqual({ 'web:1': 3, 'web:bad': 0, 'web:good': 2 });
  });
});

describe('the progress deadline', () => {
  it('is told once when it passes, and forgiven when the rollout moves again', () => {
    const { store, kubelet, condition, replicaSets } = newWorld({ progressDeadlineSeconds: 60 });
    store.settle();
    store.advance(59_000);
    expect(condition('Progressing')).toMatchObject({ status: 'True' });
    store.advance(3_000);
    expect(condition('Progressing')).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: `ReplicaSet "${replicaSets()[0]!.metadata.name}" has timed out progressing.`,
    });
    kubelet.run();
    expect(condition('Progressing')).toMatchObject({ reason: 'NewReplicaSetAvailable' });
  });

  it('starts anew with every template', () => {
    const { store, kubelet, edit, condition } = newWorld({ progressDeadlineSeconds: 60 });
    kubelet.run();
    store.advance(3_600_000);
    edit((draft) => setImage(draft, 'web:2'));
    store.settle();
    expect(condition('Progressing')).toMatchObject({ status: 'True', reason: 'ReplicaSetUpdated' });
    store.advance(62_000);
    expect(condition('Progressing')).toMatchObject({ reason: 'ProgressDeadlineExceeded' });
  });
});

describe('a paused Deployment', () => {
  it('rolls nothing out but still scales, and resumes where it was', () => {
    const { store, kubelet, edit, replicaSets, condition } = newWorld();
    kubelet.run();
    edit((draft) => {
      (draft['spec'] as { paused: boolean }).paused = true;
      setImage(draft, 'web:2');
      setReplicas(draft, 5);
    });
    store.settle();
    expect(replicaSets().map(({ spec }) => spec.replicas)).toEqual([5]);
    expect(condition('Progressing')).toMatchObject({
      status: 'Unknown',
      reason: 'DeploymentPaused',
      message: 'Deployment is paused',
    });
    edit((draft) => delete (draft['spec'] as { paused?: boolean }).paused);
    kubelet.run();
    expect(replicaSets().map(({ spec }) => spec.replicas)).toEqual([0, 5]);
  });
});

describe('Recreate', () => {
  it('starts new pods only when the old ones are gone from their nodes', () => {
    const { store, kubelet, edit, replicaSets } = newWorld({ strategy: { type: 'Recreate' } });
    kubelet.run();
    edit((draft) => setImage(draft, 'web:2'));
    store.settle();
    expect(replicaSets()).toHaveLength(1);
    const [first, ...others] = kubelet.pods();
    for (const pod of others) kubelet.finishTermination(pod);
    store.settle();
    expect(replicaSets()).toHaveLength(1);
    kubelet.finishTermination(first!);
    kubelet.run();
    expect(replicaSets().map(({ spec }) => spec.replicas)).toEqual([0, 3]);
  });
});

describe('scaling in the middle of a rollout', () => {
  it('shares the change among ReplicaSets in proportion to their sizes', () => {
    const { store, kubelet, edit, replicaSets } = newWorld({
      replicas: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } },
    });
    kubelet.run();
    edit((draft) => setImage(draft, 'web:2'));
    store.settle();
    expect(replicaSets().map(({ spec }) => spec.replicas)).toEqual([8, 5]);
    edit((draft) => setReplicas(draft, 15));
    store.settle();
    // The example of the Kubernetes documentation: of 5 more, 3 go to the larger and 2 to the other.
    expect(replicaSets().map(({ spec }) => spec.replicas)).toEqual([11, 7]);
  });
});

describe('ReplicaSets that are not its own', () => {
  it('are adopted when the selector matches and become the current one when the template does', () => {
    const { store, kubelet, replicaSets } = newWorld();
    kubelet.run();
    store.delete('deployments.apps', 'web', { propagationPolicy: 'Orphan' });
    kubelet.run();
    expect(replicaSets()[0]!.metadata.ownerReferences).toBeUndefined();
    store.create('deployments.apps', sampleDeployment());
    kubelet.run();
    expect(replicaSets()).toHaveLength(1);
    expect(replicaSets()[0]!.metadata.ownerReferences).toHaveLength(1);
    expect(kubelet.pods()).toHaveLength(3);
  });

  it('make it choose another name when they have the one that it wants', () => {
    const first = newWorld();
    first.store.settle();
    const taken = first.replicaSets()[0]!;
    const store = new MemoryStore({ namespace: 'shop', planners: NAMESPACE_PLANNERS, now: START });
    store.create('replicasets.apps', {
      ...sampleReplicaSet({
        replicas: 0,
        selector: { matchLabels: { app: 'other' } },
        template: {
          metadata: { labels: { app: 'other' } },
          spec: { containers: [{ name: 'c', image: 'other:1' }] },
        },
      }),
      metadata: { name: taken.metadata.name },
    });
    store.create('deployments.apps', sampleDeployment());
    store.settle();
    expect(as<Deployment>(store.objects.get('deployments.apps', 'web')!).status).toMatchObject({
      collisionCount: 1,
      replicas: 3,
    });
    expect(store.objects.list('replicasets.apps')).toHaveLength(2);
  });
});

describe('a quota that refuses pods', () => {
  it('shows as ReplicaFailure on ReplicaSet and Deployment, and goes away with it', () => {
    let quota = 1;
    const store = new MemoryStore({
      namespace: 'shop',
      planners: NAMESPACE_PLANNERS,
      now: START,
      admit: (write, reader) =>
        write.verb === 'create' && write.resource === 'pods' && reader.list('pods').length >= quota
          ? 'exceeded quota'
          : null,
    });
    store.create('deployments.apps', sampleDeployment());
    store.advance(5_000);
    const conditions = () =>
      as<Deployment>(store.objects.get('deployments.apps', 'web')!).status?.conditions ?? [];
    expect(store.objects.list('pods')).toHaveLength(1);
    expect(conditions()).toContainEqual(
      expect.objectContaining({
        type: 'ReplicaFailure',
        status: 'True',
        reason: 'FailedCreate',
        message: 'exceeded quota',
      }),
    );
    expect(store.events).toContainEqual(
      expect.objectContaining({ type: 'Warning', message: 'Error creating: exceeded quota' }),
    );
    quota = 3;
    store.advance(5_000);
    expect(conditions().map(({ type }) => type)).not.toContain('ReplicaFailure');
  });
});
