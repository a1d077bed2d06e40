import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { AUTOSCALER_RECORDS } from '../../registry/hidden-resources.ts';
import { MemoryObjects } from '../testing/memory-objects.ts';
import { START } from '../testing/samples.ts';
import { AUTOSCALERS, SYNC_PERIOD_MS } from './autoscaler-facts.ts';
import { autoscalerPlanner } from './planner.ts';
import { AutoscaledWorld, sampleAutoscaler } from '../testing/autoscaled-world.ts';

const busy = () => 400;
const idle = () => 1;

it('HPA-1: grows under load, and shrinks five minutes after it has ended', () => {
  const world = new AutoscaledWorld(1, { maxReplicas: 5 });
  world.round(busy);
  // The first time, no more than four.
  expect(world.replicas).toBe(4);
  expect(world.reasonOf('AbleToScale')).toBe('SucceededRescale');
  expect(world.reasonOf('ScalingLimited')).toBe('ScaleUpLimit');
  world.round(busy);
  expect(world.replicas).toBe(5);
  world.round(busy);
  expect(world.reasonOf('ScalingLimited')).toBe('TooManyReplicas');
  world.rounds(19, idle);
  expect(world.replicas).toBe(5);
  expect(world.reasonOf('AbleToScale')).toBe('ScaleDownStabilized');
  world.round(idle);
  expect(world.replicas).toBe(1);
  const messages = world.store.events
    .filter(({ reason }) => reason === 'SuccessfulRescale')
    .map(({ message }) => message);
  const metric = 'cpu resource utilization (percentage of request)';
  expect(messages).toEqual([
    `New size: 4; reason: ${metric} above target`,
    `New size: 5; reason: ${metric} above target`,
    'New size: 1; reason: All metrics below target',
  ]);
});

it('HPA-2: writes nothing while nothing changes', () => {
  const world = new AutoscaledWorld(2);
  world.rounds(3, () => 50);
  const before = world.autoscaler.metadata.resourceVersion;
  const record = world.store.objects.get(AUTOSCALER_RECORDS, 'web');
  world.rounds(30, () => 50);
  expect(world.autoscaler.metadata.resourceVersion).toBe(before);
  expect(world.store.objects.get(AUTOSCALER_RECORDS, 'web')).toBe(record);
});

it('HPA-3: acts on the same samples once', () => {
  const world = new AutoscaledWorld(1);
  world.sample(busy);
  for (let i = 0; i < 3; i++) {
    world.store.makeDue(autoscalerPlanner, 'web');
    world.store.settle();
  }
  expect(world.replicas).toBe(4);
});

it('HPA-4: a target that cannot be scaled is told of, and tried again at the next round', () => {
  let refuses = true;
  const world = new AutoscaledWorld(
    1,
    {},
    {
      admit: ({ verb }) => (refuses && verb === 'updateScale' ? 'exceeded quota' : null),
    },
  );
  world.round(busy);
  expect(world.replicas).toBe(1);
  const condition = world.status.conditions?.find(({ type }) => type === 'AbleToScale');
  expect(condition).toMatchObject({
    status: 'False',
    reason: 'FailedUpdateScale',
    message: 'the HPA controller was unable to update the target scale: exceeded quota',
  });
  expect(world.store.events).toContainEqual(
    expect.objectContaining({
      reason: 'FailedRescale',
      message:
        'New size: 4; reason: cpu resource utilization (percentage of request) above target; error: exceeded quota',
    }),
  );
  refuses = false;
  world.round(busy);
  expect(world.replicas).toBe(4);
  expect(world.reasonOf('AbleToScale')).toBe('SucceededRescale');
});

it('HPA-5: what it remembers goes with it', () => {
  const world = new AutoscaledWorld(3);
  world.round(() => 50);
  expect(world.store.objects.get(AUTOSCALER_RECORDS, 'web')).not.toBeNull();
  world.store.delete(AUTOSCALERS, 'web');
  world.store.settle();
  expect(world.store.objects.get(AUTOSCALER_RECORDS, 'web')).toBeNull();
});

it('HPA-6: pods that have just started count as idle while others are overloaded', () => {
  const world = new AutoscaledWorld(1, { maxReplicas: 50 });
  world.round(() => 200);
  expect(world.replicas).toBe(4);
  // Three of four have not been ready for a whole window: they make 200 + 0 + 0 + 0.
  world.round((_pod, index) => (index === 0 ? 200 : 900));
  expect(world.replicas).toBe(4);
});

const WIDGET_DEFINITION: KubernetesObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com', uid: 'crd' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          scale: {
            specReplicasPath: '.spec.size',
            statusReplicasPath: '.status.size',
            labelSelectorPath: '.status.selector',
          },
        },
      },
    ],
  },
};

function planForWidget(widget: object | null, spec: object = {}) {
  const objects = new MemoryObjects('shop', () => START);
  const put = (resource: string, object: KubernetesObject) =>
    objects.put({ resource, name: object.metadata.name ?? '' }, object);
  put('customresourcedefinitions.apiextensions.k8s.io', WIDGET_DEFINITION);
  if (widget !== null) {
    const metadata = { name: 'web', namespace: 'shop', uid: 'w', resourceVersion: '5' };
    put('widgets.example.com', {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata,
      ...widget,
    });
  }
  put(AUTOSCALERS, {
    ...sampleAutoscaler({
      scaleTargetRef: { apiVersion: 'example.com/v1', kind: 'Widget', name: 'web' },
      ...spec,
    }),
    metadata: { name: 'web', namespace: 'shop', uid: 'h' },
  });
  objects.sampled = { takenAt: START, pods: new Map() };
  const plan = autoscalerPlanner.plan(autoscalerPlanner.observe(objects, 'web')!, START);
  const written = plan.writes.find(({ verb }) => verb === 'updateStatus');
  const status = written?.verb === 'updateStatus' ? written.object['status'] : undefined;
  return { plan, conditions: (status as { conditions?: { reason?: string }[] }).conditions };
}

it('HPA-7: custom resources are scaled by the paths of their definition', () => {
  const { plan } = planForWidget(
    { spec: { size: 2 }, status: { size: 2, selector: 'a=b' } },
    {
      minReplicas: 4,
    },
  );
  expect(plan.writes[0]).toMatchObject({
    verb: 'updateScale',
    resource: 'widgets.example.com',
    object: {
      kind: 'Scale',
      metadata: { name: 'web', resourceVersion: '5' },
      spec: { replicas: 4 },
    },
  });
});

it.each([
  { what: 'no selector', widget: { spec: { size: 2 }, status: {} }, want: 'InvalidSelector' },
  {
    what: 'a selector that is none',
    widget: { spec: { size: 2 }, status: { selector: 'a in b' } },
    want: 'InvalidSelector',
  },
  { what: 'no replicas', widget: { spec: {} }, want: 'FailedGetScale' },
  { what: 'replicas that are no number', widget: { spec: { size: 'x' } }, want: 'FailedGetScale' },
  { what: 'no object', widget: null, want: 'FailedGetScale' },
])('HPA-7: a custom target with $what is told of as $want', ({ widget, want }) => {
  expect(planForWidget(widget).conditions?.map(({ reason }) => reason)).toContain(want);
});

it('HPA-8: nothing is planned before anybody was asked what is used', () => {
  const world = new AutoscaledWorld(1, { minReplicas: 3 });
  world.store.makeDue(autoscalerPlanner, 'web');
  world.store.advance(SYNC_PERIOD_MS);
  expect(world.replicas).toBe(1);
});
