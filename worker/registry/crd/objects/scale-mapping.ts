import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { newInternalError } from '../../../../apimachinery/status-error.ts';
import type { ScaleMapping } from '../../kind-table.ts';
import { isObject } from '../schema/json-value.ts';
import type { ScalePaths } from '../types.ts';
import { findInteger, findString, stepsOf } from './scale-paths.ts';

/** How autoscaling/v1 Scale reads and writes a custom object (registry/customresource/etcd.go). */
export function newScaleMapping(paths: ScalePaths): ScaleMapping {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath = '' } = paths;
  return {
    requireReplicas(object) {
      const found = findInteger(object, specReplicasPath);
      if (found.error !== undefined || found.value !== undefined) return;
      throw newInternalError(
        `the spec replicas field ${JSON.stringify(specReplicasPath)} does not exist`,
      );
    },
    replicas(object) {
      const found = findInteger(object, specReplicasPath);
      if (found.error !== undefined) throw newInternalError(found.error);
      return found.value;
    },
    statusReplicas(object) {
      const found = findInteger(object, statusReplicasPath);
      if (found.error !== undefined) throw newInternalError(found.error);
      return found.value;
    },
    selector(object) {
      if (labelSelectorPath === '') return '';
      const found = findString(object, labelSelectorPath);
      if (found.error !== undefined) throw newInternalError(found.error);
      return found.value ?? '';
    },
    path: stepsOf(specReplicasPath).map((step) => `f:${step}`),
    withReplicas: (object, replicas) =>
      withValue(object, stepsOf(specReplicasPath), replicas) as KubernetesObject,
  };
}

/** A copy with a value at a path of field names; what is missing on the way is made. */
function withValue(value: unknown, [step, ...rest]: readonly string[], leaf: number): unknown {
  if (step === undefined) return leaf;
  const object = isObject(value) ? value : {};
  return { ...object, [step]: withValue(object[step], rest, leaf) };
}
