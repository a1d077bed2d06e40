import { newEnvironment, type Environment } from '../../../cel/environment.ts';
import { AUTHORIZER_TYPE, RESOURCE_CHECK_TYPE } from '../../../cel/library/authorizer.ts';
import {
  BOOL,
  DYN,
  INT,
  listOf,
  mapOf,
  STRING,
  structType,
  TIMESTAMP,
  type CelType,
} from '../../../cel/types/cel-type.ts';

/** Which variables an expression of admission has beside the object, and what it can make. */
export interface PolicyVariables {
  /** `params`, where the policy has a kind of parameters. */
  readonly hasParams: boolean;
  /** `authorizer` and `authorizer.requestResource`. */
  readonly hasAuthorizer: boolean;
  /** `Object{…}` and `JSONPatch{…}`, in mutations. */
  readonly hasPatchTypes?: boolean;
  /** `variables`, in policies that declare some: the type of each. */
  readonly variables?: ReadonlyMap<string, CelType>;
}

const struct = (name: string, fields: Readonly<Record<string, CelType>>): CelType =>
  structType(
    `kubernetes.${name}`,
    new Map(Object.entries(fields).map(([field, type]) => [field, { type, jsonName: field }])),
  );

const STRINGS = listOf(STRING);
const STRING_MAP = mapOf(STRING, STRING);
const KIND = struct('GroupVersionKind', { group: STRING, version: STRING, kind: STRING });
const RESOURCE = struct('GroupVersionResource', {
  group: STRING,
  version: STRING,
  resource: STRING,
});

/** admission.k8s.io/v1 AdmissionRequest without the objects, which are variables of their own. */
const REQUEST = struct('AdmissionRequest', {
  kind: KIND,
  resource: RESOURCE,
  subResource: STRING,
  requestKind: KIND,
  requestResource: RESOURCE,
  requestSubResource: STRING,
  name: STRING,
  namespace: STRING,
  operation: STRING,
  userInfo: struct('UserInfo', {
    username: STRING,
    uid: STRING,
    groups: STRINGS,
    extra: mapOf(STRING, STRINGS),
  }),
  dryRun: BOOL,
  options: DYN,
});

/** What of a Namespace expressions see. */
const NAMESPACE = struct('Namespace', {
  metadata: struct('NamespaceMetadata', {
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    labels: STRING_MAP,
    annotations: STRING_MAP,
    UID: STRING,
    creationTimestamp: TIMESTAMP,
    deletionGracePeriodSeconds: INT,
    deletionTimestamp: TIMESTAMP,
    generation: INT,
    resourceVersion: STRING,
    finalizers: STRINGS,
  }),
  spec: struct('NamespaceSpec', { finalizers: STRINGS }),
  status: struct('NamespaceStatus', {
    conditions: listOf(
      struct('NamespaceCondition', {
        status: STRING,
        type: STRING,
        lastTransitionTime: TIMESTAMP,
        message: STRING,
        reason: STRING,
      }),
    ),
    phase: STRING,
  }),
});

/**
 * The environment of the expressions of admission policies and match conditions, as upstream
 * declares it (apiserver pkg/admission/plugin/cel). Objects and parameters are untyped.
 */
export function newPolicyEnvironment(options: PolicyVariables): Environment {
  const { hasParams, hasAuthorizer, hasPatchTypes = false, variables } = options;
  return newEnvironment({
    variables: {
      object: DYN,
      oldObject: DYN,
      // Null for what is in no namespace.
      namespaceObject: { ...NAMESPACE, nullable: true },
      request: REQUEST,
      ...(hasParams ? { params: DYN } : {}),
      ...(hasAuthorizer
        ? { authorizer: AUTHORIZER_TYPE, 'authorizer.requestResource': RESOURCE_CHECK_TYPE }
        : {}),
      ...(variables === undefined
        ? {}
        : {
            variables: structType('kubernetes.variables', {
              get(name) {
                const type = variables.get(name);
                return type === undefined ? undefined : { type, jsonName: name };
              },
            }),
          }),
    },
    libraries: hasPatchTypes ? 'mutation' : 'kubernetes',
  });
}

const KEPT_KINDS: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'duration',
  'int',
  'null',
  'string',
  'timestamp',
  'uint',
]);

/** How other expressions see what a variable gives: structs and opaque types lose their type. */
export function variableType(type: CelType): CelType {
  const [first, second] = type.parameters;
  if (KEPT_KINDS.has(type.kind)) return type;
  if (type.kind === 'list' && first !== undefined) return listOf(variableType(first));
  if (type.kind === 'map' && first !== undefined && second !== undefined) {
    return mapOf(variableType(first), variableType(second));
  }
  return DYN;
}
