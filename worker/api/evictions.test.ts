import { expect, it } from 'vitest';
import { call, list, statusOf } from '../../test/workerd/api.ts';
import { createAt } from '../../test/workerd/definitions.ts';
import { enforce } from '../../test/workerd/policy.ts';
import { freshCluster } from '../../test/workerd/stores.ts';
import { get, merge } from '../../test/conformance/api/lifecycle.ts';
import type { Pod, PodDisruptionBudget } from '../reconcile/kinds.ts';

const PODS = '/api/v1/namespaces/default/pods';
const BUDGETS = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
const REFUSED = "Cannot evict pod as it would violate the pod's disruption budget.";
const FINALIZERS = ['example.com/hold'];

/** A running pod that is there until its finalizer is taken. */
async function runningPod(cluster: string, name: string, ready = true): Promise<void> {
  await createAt(cluster, PODS, {
    metadata: { name, labels: { app: 'a' }, finalizers: FINALIZERS },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  });
  const condition = { type: 'Ready', status: ready ? 'True' : 'False' };
  await merge(cluster, `${PODS}/${name}/status`, {
    status: { phase: 'Running', conditions: [condition] },
  });
}

const budget = (name: string, spec: object) => ({
  metadata: { name },
  spec: { selector: { matchLabels: { app: 'a' } }, ...spec },
});

const evict = (cluster: string, name: string, extra: object = {}, query = '') =>
  call(cluster, 'POST', `${PODS}/${name}/eviction${query}`, {
    body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name }, ...extra },
  });

async function codeOf(response: Response): Promise<number> {
  await response.body?.cancel();
  return response.status;
}

const goingPods = async (cluster: string): Promise<string[]> =>
  (await list(cluster, PODS)).items
    .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
    .map(({ metadata }) => metadata.name ?? '');

it('EVICT-1: a pod without a budget is evicted, and says so', async () => {
  const cluster = freshCluster();
  await runningPod(cluster, 'a');
  const response = await evict(cluster, 'a');
  expect(response.status).toBe(201);
  expect(await response.json()).toMatchObject({ kind: 'Status', status: 'Success', code: 201 });
  const pod = await get<Pod>(cluster, `${PODS}/a`);
  expect(pod.metadata.deletionTimestamp).toBeDefined();
  expect(pod.status?.conditions).toContainEqual(
    expect.objectContaining({
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'EvictionByEvictionAPI',
      message: 'Eviction API: evicting',
    }),
  );
});

it('EVICT-2: of evictions that come at once as many are let through as the budget allows', async () => {
  const cluster = freshCluster();
  const names = ['a', 'b', 'c', 'd', 'e'];
  for (const name of names) await runningPod(cluster, name);
  await createAt(cluster, BUDGETS, budget('web', { minAvailable: 3 }));
  const codes = await Promise.all(names.map(async (name) => codeOf(await evict(cluster, name))));
  expect(codes.toSorted((a, b) => a - b)).toEqual([201, 201, 429, 429, 429]);
  expect(await goingPods(cluster)).toHaveLength(2);
  const { status } = await get<PodDisruptionBudget>(cluster, `${BUDGETS}/web`);
  expect(status).toMatchObject({ currentHealthy: 3, desiredHealthy: 3, disruptionsAllowed: 0 });
});

it('EVICT-3: a refusal says which budget, and what it needs', async () => {
  const cluster = freshCluster();
  await runningPod(cluster, 'a');
  await createAt(cluster, BUDGETS, budget('web', { minAvailable: 1 }));
  const response = await evict(cluster, 'a');
  expect(response.headers.get('Retry-After')).toBeNull();
  expect(await statusOf(response)).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: REFUSED,
    reason: 'TooManyRequests',
    details: {
      causes: [
        {
          reason: 'DisruptionBudget',
          message: 'The disruption budget web needs 1 healthy pods and has 1 currently',
        },
      ],
    },
    code: 429,
  });
});

it('EVICT-4: a budget that cannot be worked out is waited for', async () => {
  const cluster = freshCluster();
  await runningPod(cluster, 'a');
  await merge(cluster, `${PODS}/a`, {
    metadata: {
      ownerReferences: [
        { apiVersion: 'example.com/v1', kind: 'Fleet', name: 'f', uid: 'u', controller: true },
      ],
    },
  });
  await createAt(cluster, BUDGETS, budget('web', { maxUnavailable: 1 }));
  const response = await evict(cluster, 'a');
  expect(response.headers.get('Retry-After')).toBe('10');
  expect(await statusOf(response)).toMatchObject({
    code: 429,
    details: {
      causes: [{ message: 'The disruption budget web is still being processed by the server.' }],
    },
  });
});

it('EVICT-5: two budgets for a pod are one too many', async () => {
  const cluster = freshCluster();
  await runningPod(cluster, 'a');
  for (const name of ['one', 'two']) {
    await createAt(cluster, BUDGETS, budget(name, { minAvailable: 0 }));
  }
  const status = await statusOf(await evict(cluster, 'a'));
  expect(status).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message:
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    code: 500,
  });
});

it.each([
  ['IfHealthyBudget', 1, 201],
  ['IfHealthyBudget', 2, 429],
  ['AlwaysAllow', 2, 201],
])(
  'EVICT-6: a pod that is not ready goes under %s with minAvailable %d: %d',
  async (policy, min, want) => {
    const cluster = freshCluster();
    await runningPod(cluster, 'well');
    await runningPod(cluster, 'ill', false);
    const spec = { minAvailable: min, unhealthyPodEvictionPolicy: policy };
    await createAt(cluster, BUDGETS, budget('web', spec));
    expect(await codeOf(await evict(cluster, 'ill'))).toBe(want);
  },
);

it('EVICT-7: pods that do not run are not guarded', async () => {
  const cluster = freshCluster();
  await createAt(cluster, PODS, {
    metadata: { name: 'a', labels: { app: 'a' } },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  });
  await createAt(cluster, BUDGETS, budget('web', { minAvailable: 1 }));
  expect(await codeOf(await evict(cluster, 'a'))).toBe(201);
});

it.each([
  [{}, '?dryRun=All'],
  [{ deleteOptions: { dryRun: ['All'] } }, ''],
])('EVICT-8: a dry run (%j%s) is judged, and changes nothing', async (extra, query) => {
  const cluster = freshCluster();
  await runningPod(cluster, 'a');
  await runningPod(cluster, 'b');
  await createAt(cluster, BUDGETS, budget('web', { minAvailable: 1 }));
  for (const name of ['a', 'b']) {
    expect(await codeOf(await evict(cluster, name, extra, query))).toBe(201);
  }
  expect(await goingPods(cluster)).toEqual([]);
  expect(await codeOf(await evict(cluster, 'a'))).toBe(201);
  expect(await codeOf(await evict(cluster, 'b', extra, query))).toBe(429);
});

it('EVICT-9: preconditions are those of the pod before it is marked', async () => {
  const cluster = freshCluster();
  await runningPod(cluster, 'a');
  const { metadata } = await get(cluster, `${PODS}/a`);
  const preconditions = (conditions: object) => ({ deleteOptions: { preconditions: conditions } });
  const refusal = await statusOf(await evict(cluster, 'a', preconditions({ uid: 'other' })));
  expect(refusal).toMatchObject({ code: 409, reason: 'Conflict' });
  const { resourceVersion } = metadata;
  expect(await codeOf(await evict(cluster, 'a', preconditions({ resourceVersion })))).toBe(201);
});

it('EVICT-10: an Eviction of the older version will do', async () => {
  const cluster = freshCluster();
  await runningPod(cluster, 'a');
  const body = { apiVersion: 'policy/v1beta1', kind: 'Eviction', metadata: { name: 'a' } };
  expect(await codeOf(await call(cluster, 'POST', `${PODS}/a/eviction`, { body }))).toBe(201);
});

it('EVICT-11: who may evict need not be allowed to delete', async () => {
  const cluster = freshCluster();
  await runningPod(cluster, 'a');
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  const rules = [{ verbs: ['create'], apiGroups: [''], resources: ['pods/eviction'] }];
  await createAt(cluster, `${rbac}/roles`, { metadata: { name: 'evictor' }, rules });
  await createAt(cluster, `${rbac}/rolebindings`, {
    metadata: { name: 'ann' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'evictor' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ann' }],
  });
  const evictAs = (user: string) =>
    call(cluster, 'POST', `${PODS}/a/eviction`, {
      headers: { 'Impersonate-User': user },
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'a' } },
    });
  expect(await codeOf(await evictAs('bob'))).toBe(403);
  expect(await codeOf(await evictAs('ann'))).toBe(201);
});

it('EVICT-12: admission judges evictions, under their own kind', async () => {
  const cluster = freshCluster();
  await runningPod(cluster, 'a');
  const policies = '/apis/admissionregistration.k8s.io/v1';
  await enforce(cluster, `${policies}/validatingadmissionpolicies`, {
    metadata: { name: 'stay' },
    spec: {
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            operations: ['CREATE'],
            resources: ['pods/eviction'],
          },
        ],
      },
      validations: [{ expression: "object.kind != 'Eviction'", message: 'pods stay' }],
    },
  });
  await enforce(cluster, `${policies}/validatingadmissionpolicybindings`, {
    metadata: { name: 'stay' },
    spec: { policyName: 'stay', validationActions: ['Deny'] },
  });
  const status = await statusOf(await evict(cluster, 'a'));
  expect(status).toMatchObject({ code: 422 });
  expect(status.message).toContain('pods stay');
  expect(await goingPods(cluster)).toEqual([]);
});

it('EVICT-13: what is wrong with a request is told', async () => {
  const cluster = freshCluster();
  await runningPod(cluster, 'a');
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'b' } };
  const response = await call(cluster, 'POST', `${PODS}/a/eviction`, { body });
  expect(await statusOf(response)).toMatchObject({
    code: 400,
    message: 'name in URL does not match name in Eviction object',
  });
  expect(await statusOf(await evict(cluster, 'missing'))).toMatchObject({
    code: 404,
    message: 'pods "missing" not found',
  });
  const policy = { deleteOptions: { propagationPolicy: 'Sideways' } };
  expect(await statusOf(await evict(cluster, 'a', policy))).toMatchObject({ code: 422 });
});
