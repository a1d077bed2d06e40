import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { contextOf, refusalOf, request } from '../../../../test/plugin-harness.ts';
import { errorsOf } from '../../../../test/strategy-harness.ts';
import { SYSTEM_PRIORITY_CLASSES } from '../../resources/scheduling/system-priority-classes.ts';
import { priority } from './priority.ts';

const CLASSES = 'priorityclasses.scheduling.k8s.io';
const HIGH = { metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' };
const DEFAULT = {
  metadata: { name: 'usual' },
  value: 10,
  globalDefault: true,
  preemptionPolicy: 'PreemptLowerPriority',
};

const pod = (spec: object): KubernetesObject => ({ metadata: { name: 'web' }, spec });

function run(spec: object, ...classes: object[]): unknown {
  const object = pod(spec);
  const context = contextOf({ [CLASSES]: classes });
  return refusalOf(priority, request('pods', { object }), context) ?? object.spec;
}

describe('the priority of a pod', () => {
  it('is that of its class, or of the class that is everybody’s, or none', () => {
    expect(run({ priorityClassName: 'high' }, HIGH, DEFAULT)).toEqual({
      priorityClassName: 'high',
      priority: 1000,
      preemptionPolicy: 'Never',
    });
    expect(run({}, HIGH, DEFAULT)).toEqual({
      priorityClassName: 'usual',
      priority: 10,
      preemptionPolicy: 'PreemptLowerPriority',
    });
    expect(run({}, HIGH)).toEqual({ priority: 0, preemptionPolicy: 'PreemptLowerPriority' });
  });

  it.each<[spec: object, want: string]>([
    [{ priorityClassName: 'no' }, 'no PriorityClass with name no was found'],
    [
      { priorityClassName: 'high', priority: 7 },
      'the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 1000 from the given PriorityClass name',
    ],
    [
      { priorityClassName: 'high', preemptionPolicy: 'PreemptLowerPriority' },
      'the string value of PreemptionPolicy (PreemptLowerPriority) must not be provided in pod spec; priority admission controller computed Never from the given PriorityClass name',
    ],
  ])('cannot be %j', (spec, want) => {
    expect(run(spec, HIGH)).toBe(`pods "web" is forbidden: ${want}`);
  });

  it('stays when an update leaves it out', () => {
    const object = pod({ nodeName: 'a' });
    const oldObject = pod({ priority: 3, preemptionPolicy: 'Never' });
    priority.admit?.(request('pods', { operation: 'UPDATE', object, oldObject }), contextOf());
    expect(object.spec).toEqual({ nodeName: 'a', priority: 3, preemptionPolicy: 'Never' });
  });
});

it('there is one class that is everybody’s', () => {
  const context = contextOf({ [CLASSES]: [HIGH, DEFAULT] });
  const of = (name: string, operation: 'CREATE' | 'UPDATE', globalDefault = true) =>
    refusalOf(
      priority,
      request(CLASSES, { operation, object: { metadata: { name }, globalDefault } }),
      context,
    );
  const want =
    'priorityclasses.scheduling.k8s.io "new" is forbidden: PriorityClass usual is already marked as default. Only one default can exist';
  expect([of('new', 'CREATE'), of('new', 'UPDATE')]).toEqual([want, want]);
  expect([of('usual', 'UPDATE'), of('new', 'CREATE', false)]).toEqual([null, null]);
});

it.each(SYSTEM_PRIORITY_CLASSES)('$metadata.name is a class that may be made', (object) => {
  expect(errorsOf(CLASSES, object)).toEqual([]);
});
