import type { FieldType, StructSchema } from '../worker/registry/schema/schema.ts';

/** Fields that Go's encoder writes whether set or not, with what it writes, by struct. */
const ALWAYS_WRITTEN: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  DaemonSetCondition: { lastTransitionTime: null },
  DeploymentCondition: { lastUpdateTime: null, lastTransitionTime: null },
  EndpointSlice: { endpoints: null, ports: null },
  GRPCAction: { service: null },
  HorizontalPodAutoscalerCondition: { lastTransitionTime: null },
  HorizontalPodAutoscalerStatus: { currentMetrics: null },
  JobCondition: { lastProbeTime: null, lastTransitionTime: null },
  NamespaceCondition: { lastTransitionTime: null },
  NodeCondition: { lastHeartbeatTime: null, lastTransitionTime: null },
  PersistentVolumeClaimCondition: { lastProbeTime: null, lastTransitionTime: null },
  PodCondition: { lastProbeTime: null, lastTransitionTime: null },
  PodDisruptionBudgetStatus: {
    currentHealthy: 0,
    desiredHealthy: 0,
    disruptionsAllowed: 0,
    expectedPods: 0,
  },
  ProjectedVolumeSource: { sources: null },
  ReplicaSetCondition: { lastTransitionTime: null },
  Role: { rules: null },
  RoleRef: { apiGroup: '' },
  ServicePort: { targetPort: 0 },
  StatefulSetCondition: { lastTransitionTime: null },
  StatefulSetSpec: { serviceName: '' },
  StatefulSetStatus: { availableReplicas: 0 },
};

/** Fields that are values and not pointers in Go, and left out when they are zero, by struct. */
const OMITTED_ZEROS: Readonly<Record<string, readonly string[]>> = {
  Container: ['image'],
  DeploymentSpec: ['paused', 'minReadySeconds'],
  DeploymentStatus: ['replicas'],
  DeploymentStrategy: ['type'],
  EnvVar: ['value'],
  LocalObjectReference: ['name'],
  PodSpec: ['restartPolicy'],
  ServicePort: ['protocol'],
};

/** Pointers that Go writes as null when they are not set. */
const NULL_POINTERS: Readonly<Record<string, readonly string[]>> = {
  ValidatingWebhook: ['sideEffects'],
};

/** Lists of the object itself that are written when they are empty, and null when they are not set. */
const EMPTY_LISTS: Readonly<Record<string, readonly string[]>> = {
  EndpointSlice: ['endpoints', 'ports'],
};

/**
 * A decoded object as Go's encoder writes it; `sent` is what was decoded. The decoder keeps explicit zero values, and knows of
 * the fields that Go always writes only those that the schema tells of.
 */
export function encodeAsGo(
  value: object,
  struct: StructSchema,
  sent: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result = encodeStruct(value, struct);
  for (const name of EMPTY_LISTS[struct.shortName] ?? []) {
    if (Array.isArray(sent[name])) result[name] ??= [];
  }
  return result;
}

function encode(value: unknown, type: FieldType): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return type.kind === 'list' ? value.map((item) => encode(item, type.element)) : value;
  }
  if (type.kind === 'map') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, encode(item, type.element)]),
    );
  }
  return type.kind === 'struct' ? encodeStruct(value, type.struct) : value;
}

function encodeStruct(value: object, struct: StructSchema): Record<string, unknown> {
  const result: Record<string, unknown> = { ...ALWAYS_WRITTEN[struct.shortName] };
  const omitted = OMITTED_ZEROS[struct.shortName] ?? [];
  for (const [name, member] of Object.entries(value)) {
    const field = struct.fields.get(name);
    const isZero = member === '' || member === 0 || member === false;
    if (isZero && omitted.includes(name)) continue;
    result[name] = field === undefined ? member : encode(member, field.type);
    if (member === '' && NULL_POINTERS[struct.shortName]?.includes(name)) result[name] = null;
  }
  return result;
}
