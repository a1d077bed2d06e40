import { type FieldError, forbidden, invalid } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { SubresourceStrategy } from '../../strategy.ts';
import { quantityOf } from '../resource-names.ts';
import { type ContainerFields, isSidecar, type PodFields, type ResourceFields } from './fields.ts';
import { setPodDefaults } from './defaults.ts';
import { computeQOSClass } from './qos-class.ts';
import { MIRROR_POD } from './validate-annotations.ts';
import { podSpecOf, validatePodItself } from './validate-pod.ts';

type Amounts = Readonly<Record<string, string>>;

/** `pods/resize`: CPU and memory of running containers change in place (KEP-1287). */
export const RESIZE_SUBRESOURCE: SubresourceStrategy = {
  prepareForUpdate(object, old) {
    setPodDefaults(object);
    const spec = podSpecOf(object);
    const before = podSpecOf(old);
    const { managedFields } = object.metadata;
    object.metadata = {
      ...old.metadata,
      ...(managedFields === undefined ? {} : { managedFields }),
    };
    // Only what a resize is about is taken over, container by container.
    object.spec = {
      ...before,
      ...resized(before, spec, 'containers'),
      ...resized(before, spec, 'initContainers'),
      ...(spec.resources === undefined ? {} : { resources: spec.resources }),
    };
    if (old.status !== undefined) object.status = old.status;
  },
  validateUpdate: validateResize,
};

function resized(
  before: PodFields,
  spec: PodFields,
  list: 'containers' | 'initContainers',
): Partial<PodFields> {
  const sent = new Map((spec[list] ?? []).map((container) => [container.name, container]));
  const containers = before[list]?.map((old): ContainerFields => {
    const container = sent.get(old.name);
    if (container === undefined) return old;
    const { resizePolicy: _before, ...kept } = old;
    const { resources = {}, resizePolicy } = container;
    return { ...kept, resources, ...(resizePolicy === undefined ? {} : { resizePolicy }) };
  });
  return containers === undefined ? {} : { [list]: containers };
}

function validateResize(object: KubernetesObject, old: KubernetesObject): FieldError[] {
  const [spec, before] = [podSpecOf(object), podSpecOf(old)];
  if (old.metadata.annotations?.[MIRROR_POD] !== undefined) {
    return [forbidden('', 'static pods cannot be resized')];
  }
  if (before.os?.name === 'windows') return [forbidden('', 'windows pods cannot be resized')];
  const errors = validatePodItself(object);
  const status = (old.status ?? {}) as PodStatus;
  if ((status.qosClass ?? computeQOSClass(before)) !== computeQOSClass(spec)) {
    const detail = 'Pod QOS Class may not change as a result of resizing';
    errors.push(invalid('spec', status.qosClass ?? '', detail));
  }
  if (!runsWhereItCanBeResized(status)) {
    errors.push(forbidden('spec', 'Pod running on node without support for resize'));
  }
  spec.initContainers?.forEach((container, i) => {
    const was = before.initContainers?.[i];
    if (was === undefined || !isSidecar(was)) return;
    errors.push(...validateChange(container, was, `spec.initContainers[${i}].resources`));
  });
  spec.containers?.forEach((container, i) => {
    const was = before.containers?.[i];
    if (was === undefined) return;
    errors.push(...validateChange(container, was, `spec.containers[${i}].resources`));
  });
  return [...errors, ...validateOnlyComputing(spec, before)];
}

interface PodStatus {
  qosClass?: string;
  containerStatuses?: { state?: { running?: object }; resources?: object }[];
}

/** A node that can resize reports what its containers have. */
function runsWhereItCanBeResized({ containerStatuses = [] }: PodStatus): boolean {
  const running = containerStatuses.find((status) => status.state?.running !== undefined);
  return running === undefined || running.resources !== undefined;
}

function validateChange(
  container: ContainerFields,
  before: ContainerFields,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const [now, then] = [container.resources ?? {}, before.resources ?? {}];
  for (const list of ['requests', 'limits'] as const) {
    const names = Object.keys(then[list] ?? {});
    if (names.some((name) => !Object.hasOwn(now[list] ?? {}, name))) {
      errors.push(forbidden(`${path}.${list}`, `resource ${list} cannot be removed`));
    }
  }
  return errors;
}

/** Everything else of the containers is as it was. */
function validateOnlyComputing(spec: PodFields, before: PodFields): FieldError[] {
  const errors: FieldError[] = [];
  spec.containers?.forEach((container, i) => {
    const was = before.containers?.[i];
    if (was === undefined || deepEqual(withComputingOf(container, was), was)) return;
    errors.push(forbidden('spec', 'only cpu and memory resources are mutable'));
  });
  spec.initContainers?.forEach((container, i) => {
    const was = before.initContainers?.[i];
    if (was === undefined) return;
    if (isSidecar(was)) {
      if (deepEqual(withComputingOf(container, was), was)) return;
      const detail = 'only cpu and memory resources for sidecar containers are mutable';
      errors.push(forbidden('spec', detail));
    } else if (!deepEqual(container, was)) {
      const detail = 'resources for non-sidecar init containers are immutable';
      errors.push(forbidden('spec', detail));
    }
  });
  return errors;
}

/** The container with the CPU and memory of the old one, and its resize policy. */
function withComputingOf(container: ContainerFields, old: ContainerFields): ContainerFields {
  const list = (name: 'limits' | 'requests'): Amounts | undefined => {
    const before = old.resources?.[name];
    const now: Record<string, string> = { ...container.resources?.[name] };
    for (const resource of ['cpu', 'memory']) {
      const amount = before?.[resource];
      if (amount === undefined) delete now[resource];
      else now[resource] = amount;
    }
    return isSameAmounts(now, before ?? {}) ? before : now;
  };
  const resources: ResourceFields = { ...container.resources };
  for (const name of ['limits', 'requests'] as const) {
    const value = list(name);
    if (value === undefined) delete resources[name];
    else resources[name] = value;
  }
  const { resizePolicy: _now, ...kept } = container;
  const { resizePolicy } = old;
  return { ...kept, resources, ...(resizePolicy === undefined ? {} : { resizePolicy }) };
}

/** Whether two lists say the same of every resource, however it is spelled. */
function isSameAmounts(a: Amounts, b: Amounts): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => {
    const [left, right] = [quantityOf(a[name]), quantityOf(b[name])];
    return left !== undefined && right !== undefined && left.compare(right) === 0;
  });
}
