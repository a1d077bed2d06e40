import { describe, expect, it } from 'vitest';
import { created, errorsOf, strategyOf, withValue } from '../../../../test/strategy-harness.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { autoscalerPrinter, autoscalerV1Printer } from '../../printers/autoscaling.ts';
import { AUTOSCALING_V1 } from './v1-conversion.ts';

const HPA = 'horizontalpodautoscalers.autoscaling';
const SPEC = {
  scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
  maxReplicas: 5,
};
const CPU = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
};
const QPS = {
  type: 'Pods',
  pods: { metric: { name: 'qps' }, target: { type: 'AverageValue', averageValue: '10' } },
};

describe('an autoscaler', () => {
  it('aims at four fifths of the cpus', () => {
    const { spec, status } = created(HPA, { spec: SPEC });
    expect(spec).toEqual({ ...SPEC, minReplicas: 1, metrics: [CPU] });
    expect(status).toEqual({ currentMetrics: null, desiredReplicas: 0 });
  });

  it('has all rules of its behavior once it has any', () => {
    const scaleDown = { stabilizationWindowSeconds: 60 };
    expect(created(HPA, { spec: { ...SPEC, behavior: { scaleDown } } }).spec).toMatchObject({
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 0,
          selectPolicy: 'Max',
          policies: [
            { type: 'Pods', value: 4, periodSeconds: 15 },
            { type: 'Percent', value: 100, periodSeconds: 15 },
          ],
        },
        scaleDown: {
          stabilizationWindowSeconds: 60,
          selectPolicy: 'Max',
          policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
        },
      },
    });
  });

  it.each<[path: string, value: unknown, ...errors: string[]]>([
    ['spec.metrics', [CPU, QPS]],
    [
      'spec.minReplicas',
      0,
      'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
    ],
    [
      'spec.minReplicas',
      6,
      'spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`',
    ],
    ['spec.scaleTargetRef.kind', '', 'spec.scaleTargetRef.kind: Required value'],
    ['spec.scaleTargetRef', { kind: 'ReplicationController', name: 'a' }],
    [
      'spec.scaleTargetRef.apiVersion',
      'v1',
      'spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group',
    ],
    [
      'spec.scaleTargetRef.apiVersion',
      'a/b/c',
      'spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
    ],
    [
      'spec.metrics',
      [
        {
          type: 'Object',
          object: {
            describedObject: { kind: 'Node', name: 'n', apiVersion: 'v1' },
            metric: { name: 'm' },
            target: { type: 'Value' },
          },
        },
      ],
      'spec.metrics[0].object.target.averageValue: Required value: must set either a target value or averageValue',
    ],
    [
      'spec.metrics',
      [
        {
          type: 'ContainerResource',
          containerResource: {
            name: 'wind',
            container: '',
            target: { type: 'Utilization', averageUtilization: 1 },
          },
        },
      ],
      'spec.metrics[0].containerResource.name: Invalid value: "wind": must be a standard resource type or fully qualified',
      'spec.metrics[0].containerResource.name: Invalid value: "wind": must be a standard resource for containers',
      'spec.metrics[0].containerResource.container: Required value: must specify a container',
    ],
    [
      'spec.metrics',
      [
        {
          type: 'Pods',
          pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '0' } },
        },
      ],
      'spec.metrics[0].pods.target.averageValue: Invalid value: "0": must be positive',
    ],
    [
      'spec.scaleTargetRef.name',
      '..',
      `spec.scaleTargetRef.name: Invalid value: "..": may not be '..'`,
    ],
    [
      'spec.metrics',
      [{ ...CPU, pods: QPS.pods }],
      'spec.metrics[0].pods: Forbidden: must populate the given metric source only',
    ],
    [
      'spec.metrics',
      [{ type: 'Pods' }],
      'spec.metrics[0].pods: Required value: must populate information for the given metric source',
    ],
    [
      'spec.metrics',
      [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization' } } }],
      'spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
    ],
    [
      'spec.behavior',
      { scaleUp: { policies: [{ type: 'Nodes', value: 0, periodSeconds: 3600 }] } },
      'spec.behavior.scaleUp.policies[0].type: Unsupported value: "Nodes": supported values: "Percent", "Pods"',
      'spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
      'spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 3600: must be less than or equal to 1800',
    ],
    [
      'spec.behavior',
      { scaleDown: { stabilizationWindowSeconds: 3601 } },
      'spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
    ],
  ])('%s %j', (path, value, ...want) => {
    expect(errorsOf(HPA, created(HPA, withValue({ spec: SPEC }, path, value)))).toEqual(want);
  });

  it('may keep the version of what it scales, if not its kind', () => {
    const old = created(HPA, { spec: { ...SPEC, scaleTargetRef: { kind: 'Odd', name: 'a' } } });
    expect(errorsOf(HPA, withValue(old, 'spec.scaleTargetRef.name', 'b'), old)).toEqual([]);
    expect(errorsOf(HPA, withValue(old, 'spec.scaleTargetRef.kind', 'Even'), old)).toEqual([
      'spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group',
    ]);
  });

  it('is shown with what there is and what there should be', () => {
    const object = created(HPA, { spec: { ...SPEC, metrics: [QPS, CPU, CPU] } });
    object.status = {
      currentReplicas: 2,
      desiredReplicas: 2,
      currentMetrics: [
        { type: 'Pods', pods: { metric: { name: 'qps' }, current: { averageValue: '7' } } },
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 12 } } },
      ],
    };
    const cells = ['a', 'Deployment/web', '7/10, cpu: 12%/80% + 1 more...', '1', 5, 2];
    expect(autoscalerPrinter.cells(object, 0).slice(0, -1)).toEqual(cells);
  });

  it('is shown alike in both versions', () => {
    const object = { ...created(HPA, { spec: SPEC }), apiVersion: 'autoscaling/v2' };
    const cells = ['a', 'Deployment/web', 'cpu: <unknown>/80%', '1', 5, 0];
    const view = AUTOSCALING_V1.fromStored(object);
    expect(autoscalerV1Printer.cells(view, 0).slice(0, -1)).toEqual(cells);
    expect(autoscalerV1Printer.cells(object, 0).slice(0, -1)).toEqual(cells);
  });
});

describe('autoscaling/v1', () => {
  const v1 = (spec: object, annotations?: Record<string, string>): KubernetesObject => ({
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'a', ...(annotations === undefined ? {} : { annotations }) },
    spec: { ...SPEC, ...spec },
  });

  it('has a field for how busy the cpus are', () => {
    const view = v1({ targetCPUUtilizationPercentage: 80 });
    const stored = AUTOSCALING_V1.toStored(view);
    expect(stored).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: { ...SPEC, metrics: [CPU] },
    });
    expect(AUTOSCALING_V1.fromStored(stored)).toEqual(view);
  });

  it('has the rest in annotations, as upstream writes them', () => {
    const object = {
      ...created(HPA, { spec: { ...SPEC, metrics: [CPU, QPS], behavior: {} } }),
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
    };
    const view = AUTOSCALING_V1.fromStored(object);
    expect(view.metadata.annotations).toEqual({
      'autoscaling.alpha.kubernetes.io/metrics':
        '[{"type":"Pods","pods":{"metricName":"qps","targetAverageValue":"10"}}]',
      'autoscaling.alpha.kubernetes.io/behavior': expect.stringContaining('"scaleUp"'),
    });
    expect(view.spec).toMatchObject({ targetCPUUtilizationPercentage: 80 });
    const back = AUTOSCALING_V1.toStored(view);
    expect(back.metadata.annotations).toBeUndefined();
    expect(back.spec).toMatchObject({ metrics: [QPS, CPU] });
  });

  it.each([
    [
      {
        type: 'External',
        external: { metric: { name: 'q' }, target: { type: 'Value', value: '1' } },
      },
    ],
    [
      {
        type: 'Object',
        object: {
          describedObject: { kind: 'Service', name: 's' },
          metric: { name: 'q', selector: { matchLabels: { a: 'b' } } },
          target: { type: 'Value', value: '1' },
        },
      },
    ],
    [
      {
        type: 'ContainerResource',
        containerResource: {
          name: 'memory',
          container: 'main',
          target: { type: 'AverageValue', averageValue: '1Gi' },
        },
      },
    ],
  ])('brings back %j', (metric) => {
    const stored = AUTOSCALING_V1.toStored(
      AUTOSCALING_V1.fromStored(v1({ minReplicas: 1, metrics: [metric] })),
    );
    expect(stored.spec).toMatchObject({ metrics: [metric] });
  });

  it('passes over annotations that cannot be read', () => {
    const view = v1({}, { 'autoscaling.alpha.kubernetes.io/metrics': '{', note: 'x' });
    const stored = AUTOSCALING_V1.toStored(view);
    expect(stored.metadata.annotations).toEqual({ note: 'x' });
    expect(stored.spec).toEqual(SPEC);
  });
});

describe('a disruption budget', () => {
  const PDB = 'poddisruptionbudgets.policy';
  it.each<[spec: object, ...errors: string[]]>([
    [{ minAvailable: 1, selector: { matchLabels: { a: 'b' } } }],
    [{ maxUnavailable: '50%' }],
    [
      { minAvailable: 1, maxUnavailable: 1 },
      'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
    ],
    [
      { maxUnavailable: '150%' },
      'spec.maxUnavailable: Invalid value: "150%": must not be greater than 100%',
    ],
    [
      { minAvailable: -1 },
      'spec.minAvailable: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      { unhealthyPodEvictionPolicy: 'Never' },
      'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
    ],
  ])('%j', (spec, ...want) => {
    expect(errorsOf(PDB, created(PDB, { spec }))).toEqual(want);
  });

  it('is replaced by those who know its version', () => {
    expect(strategyOf(PDB).allowUnconditionalUpdate).toBe(false);
  });
});
