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

const LISTS = ['containers', 'initContainers'] as const;
const ONLY_COMPUTING = 'only cpu and memory resources are mutable';

/** `pods/resize`: CPU and memory of running containers change in place (KEP-1287). */
export const RESIZE_SUBRESOURCE: SubresourceStrategy = {
  prepareForUpdate(object, old) {
    setPodDefaults(object);
    const spec = podSpecOf(object);
    const before = podSpecOf(old);
    // Validation says what is wrong with it.
    const lengthOf = (of: PodFields, list: (typeof LISTS)[number]): number => of[list]?.length ?? 0;
    if (LISTS.some((list) => lengthOf(spec, list) !== lengthOf(before, list))) return;
    const { managedFields } = object.metadata;
    object.metadata = {
      ...old.metadata,
      ...(managedFields === undefined ? {} : { managedFields }),
    };
    // Only what a resize is about is taken over, container by container.
    const { resources: _before, ...kept } = before;
    object.spec = {
      ...kept,
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
  list: (typeof LISTS)[number],
): Partial<PodFields> {
  const sent = spec[list] ?? [];
  const isSameOrder = before[list]?.every(({ name }, i) => sent[i]?.name === name) ?? true;
  if (!isSameOrder) return { [list]: sent };
  const containers = before[list]?.map((old, i): ContainerFields => {
    const { resizePolicy: _before, ...kept } = old;
    const { resources = {}, resizePolicy } = sent[i] ?? old;
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
  const hasPodLevel = isSet(before.resources) || isSet(spec.resources);
  if (hasPodLevel) errors.push(...validatePodLevel(spec.resources, before.resources));
  const disorder = LISTS.flatMap((list) => validateOrder(spec, before, list));
  if (disorder.length > 0) return [...errors, ...disorder];
  for (const list of ['initContainers', 'containers'] as const) {
    spec[list]?.forEach(({ resources }, i) => {
      const path = `spec.${list}[${i}].resources`;
      errors.push(...validateKept(resources, before[list]?.[i]?.resources, path));
    });
  }
  errors.push(...validateOnlyComputing(spec, before));
  if (errors.length === 0 && !hasPodLevel && !deepEqual(spec.resources, before.resources)) {
    errors.push(forbidden('spec', ONLY_COMPUTING));
  }
  return errors;
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

const isSet = (resources: ResourceFields | undefined): boolean =>
  Object.keys({ ...resources?.requests, ...resources?.limits }).length > 0;

/** What the pod has as a whole (KEP-5419). */
function validatePodLevel(
  now: ResourceFields | undefined,
  before: ResourceFields | undefined,
): FieldError[] {
  if (before !== undefined && now === undefined) {
    return [forbidden('spec.resources', 'pod-level resources cannot be removed')];
  }
  const errors = validateKept(now, before, 'spec.resources', 'pod-level resource');
  const isSame =
    isSameButComputing(now, before) && deepEqual(now?.claims ?? [], before?.claims ?? []);
  if (isSame) return errors;
  return [...errors, forbidden('spec', 'only cpu and memory resources are mutable at pod-level')];
}

/** No container comes, goes or moves. */
function validateOrder(
  spec: PodFields,
  before: PodFields,
  list: (typeof LISTS)[number],
): FieldError[] {
  const [now, then] = [spec[list] ?? [], before[list] ?? []];
  const field = `spec.${list}`;
  if (now.length !== then.length) {
    return [forbidden(field, `${list} may not be added or removed on resize`)];
  }
  return then.flatMap(({ name }, i) =>
    now[i]?.name === name
      ? []
      : [forbidden(`${field}[${i}].name`, `${list} may not be renamed or reordered on resize`)],
  );
}

function validateKept(
  now: ResourceFields | undefined,
  before: ResourceFields | undefined,
  path: string,
  what = 'resource',
): FieldError[] {
  return (['requests', 'limits'] as const).flatMap((list) => {
    const kept = now?.[list] ?? {};
    const isKept = Object.keys(before?.[list] ?? {}).every((name) => Object.hasOwn(kept, name));
    return isKept ? [] : [forbidden(`${path}.${list}`, `${what} ${list} cannot be removed`)];
  });
}

/** Everything else of the containers is as it was. */
function validateOnlyComputing(spec: PodFields, before: PodFields): FieldError[] {
  const errors: FieldError[] = [];
  spec.containers?.forEach((container, i) => {
    const was = before.containers?.[i];
    if (was === undefined || isOnlyResized(container, was)) return;
    errors.push(forbidden('spec', ONLY_COMPUTING));
  });
  spec.initContainers?.forEach((container, i) => {
    const was = before.initContainers?.[i];
    if (was === undefined) return;
    const field = `spec.initContainers[${i}]`;
    if (!isOnlyResized(container, was)) {
      const detail = 'only cpu and memory resources for init or sidecar containers are mutable';
      errors.push(forbidden(field, detail));
    }
    if (isSidecar(container) || deepEqual(container, was)) return;
    const detail =
      'non-sidecar init containers with a resize policy of RestartContainer cannot be resized';
    for (const { restartPolicy } of container.resizePolicy ?? []) {
      if (restartPolicy === 'RestartContainer') errors.push(forbidden(field, detail));
    }
  });
  return errors;
}

/** Whether only CPU and memory differ. Upstream knows no claims here: it takes them for a change. */
function isOnlyResized(container: ContainerFields, old: ContainerFields): boolean {
  const { resources: now, ...rest } = container;
  const { resources: then, ...restBefore } = old;
  const hasClaims = (then?.claims ?? []).length > 0;
  return !hasClaims && isSameButComputing(now, then) && deepEqual(rest, restBefore);
}

function isSameButComputing(
  now: ResourceFields | undefined,
  before: ResourceFields | undefined,
): boolean {
  return (['limits', 'requests'] as const).every((list) =>
    isSameAmounts(withoutComputing(now?.[list]), withoutComputing(before?.[list])),
  );
}

function withoutComputing(amounts: Amounts | undefined): Amounts {
  const { cpu: _cpu, memory: _memory, ...others } = amounts ?? {};
  return others;
}

/** Whether two lists say the same of every resource, however it is spelled. */
function isSameAmounts(a: Amounts, b: Amounts): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => {
    const [left, right] = [quantityOf(a[name]), quantityOf(b[name])];
    return left !== undefined && right !== undefined && left.compare(right) === 0;
  });
}
