import { parseQuantity } from '../../apimachinery/quantity.ts';
import type { ContainerSpec, DesiredPod } from './pod.ts';
import { isSidecar } from './pod.ts';

const memoryOf = ({ resources }: ContainerSpec): number => {
  const text = resources?.limits?.['memory'];
  return text === undefined ? 0 : Number(parseQuantity(text).toValue());
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** What all of a pod's containers together may use of memory, bytes; 0: one of them has no limit. */
export function podMemoryLimit({ spec }: DesiredPod): number {
  const inits = spec.initContainers ?? [];
  if ([...spec.containers, ...inits].some((container) => memoryOf(container) === 0)) return 0;
  const sidecars = sum(inits.filter(isSidecar).map(memoryOf));
  const once = Math.max(0, ...inits.filter((init) => !isSidecar(init)).map(memoryOf));
  return Math.max(sum(spec.containers.map(memoryOf)) + sidecars, once);
}
