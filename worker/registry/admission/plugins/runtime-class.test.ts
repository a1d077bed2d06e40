import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { contextOf, refusalOf, request } from '../../../../test/plugin-harness.ts';
import { mergeTolerations } from '../tolerations.ts';
import { runtimeClass } from './runtime-class.ts';

const GVISOR = {
  metadata: { name: 'gvisor' },
  handler: 'runsc',
  overhead: { podFixed: { cpu: '250m', memory: '1Gi' } },
  scheduling: {
    nodeSelector: { runtime: 'gvisor' },
    tolerations: [{ key: 'sandbox', operator: 'Exists' }],
  },
};
const PLAIN = { metadata: { name: 'plain' }, handler: 'runc' };

function run(spec: object): unknown {
  const object: KubernetesObject = { metadata: { name: 'web' }, spec };
  const context = contextOf({ 'runtimeclasses.node.k8s.io': [GVISOR, PLAIN] });
  return refusalOf(runtimeClass, request('pods', { object }), context) ?? object.spec;
}

describe('a pod with a class of runtime', () => {
  it('costs what the runtime does, and goes where it is', () => {
    expect(
      run({
        runtimeClassName: 'gvisor',
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'sandbox', operator: 'Equal', value: 'x' }],
      }),
    ).toEqual({
      runtimeClassName: 'gvisor',
      overhead: { cpu: '250m', memory: '1Gi' },
      nodeSelector: { disk: 'ssd', runtime: 'gvisor' },
      tolerations: [{ key: 'sandbox', operator: 'Exists' }],
    });
    expect(run({ runtimeClassName: 'plain' })).toEqual({ runtimeClassName: 'plain' });
  });

  it('may say itself what it costs, if it is right', () => {
    const overhead = { cpu: '0.25', memory: '1024Mi' };
    expect(run({ runtimeClassName: 'gvisor', overhead })).toMatchObject({
      overhead: GVISOR.overhead.podFixed,
    });
  });

  it.each<[spec: object, want: string]>([
    [{ runtimeClassName: 'no' }, 'pod rejected: RuntimeClass "no" not found'],
    [
      { runtimeClassName: 'gvisor', overhead: { cpu: '1' } },
      "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    ],
    [
      { runtimeClassName: 'plain', overhead: { cpu: '1' } },
      'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    ],
    [
      { overhead: {} },
      'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    ],
    [
      { runtimeClassName: 'gvisor', nodeSelector: { runtime: 'kata' } },
      'conflict: runtimeClass.scheduling.nodeSelector[runtime] = gvisor; pod.spec.nodeSelector[runtime] = kata',
    ],
  ])('%j is refused', (spec, want) => {
    expect(run(spec)).toBe(`pods "web" is forbidden: ${want}`);
  });
});

describe('two lists of tolerations', () => {
  const exists = { key: 'a', operator: 'Exists' };
  const forMinute = { ...exists, effect: 'NoExecute', tolerationSeconds: 60 };

  it.each<[first: object[], second: object[], want: object[]]>([
    [[exists], [exists], [exists]],
    [[{ operator: 'Exists' }], [exists], [{ operator: 'Exists' }]],
    [[exists], [{ operator: 'Exists' }], [{ operator: 'Exists' }]],
    [[forMinute], [exists], [exists]],
    [
      [forMinute],
      [{ ...forMinute, tolerationSeconds: 90 }],
      [{ ...forMinute, tolerationSeconds: 90 }],
    ],
    [
      [{ key: 'a', operator: 'Equal', value: '1' }],
      [{ key: 'a', operator: 'Equal', value: '2' }],
      [
        { key: 'a', operator: 'Equal', value: '1' },
        { key: 'a', operator: 'Equal', value: '2' },
      ],
    ],
  ])('%j and %j make %j', (first, second, want) => {
    expect(mergeTolerations(first, second)).toEqual(want);
  });
});
