import { describe, expect, it } from 'vitest';
import { created, errorsOf, withValue } from '../../../../test/strategy-harness.ts';

const MUTATIONS = 'mutatingadmissionpolicies.admissionregistration.k8s.io';

const rule = {
  operations: ['CREATE', 'UPDATE'],
  apiGroups: ['apps'],
  apiVersions: ['v1'],
  resources: ['deployments', 'deployments/scale'],
};

describe('mutating admission policies', () => {
  const mutation = {
    spec: {
      matchConstraints: { resourceRules: [rule] },
      variables: [{ name: 'n', expression: 'object.spec.replicas' }],
      reinvocationPolicy: 'IfNeeded',
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: {
            expression: 'Object{spec: Object.spec{replicas: variables.n + 1}}',
          },
        },
        {
          patchType: 'JSONPatch',
          jsonPatch: {
            expression:
              '[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b"), value: "c"}]',
          },
        },
      ],
    },
  };
  const M = 'spec.mutations[0]';

  it.each<[string, unknown, string[]]>([
    ['failurePolicy', 'Ignore', []],
    ['reinvocationPolicy', undefined, ['spec.reinvocationPolicy: Required value']],
    [
      'reinvocationPolicy',
      'X',
      ['spec.reinvocationPolicy: Unsupported value: "X": supported values: "IfNeeded", "Never"'],
    ],
    [
      'matchConstraints.resourceRules.0.operations',
      ['DELETE'],
      [
        'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
      ],
    ],
    ['mutations', [], ['spec.mutations: Required value: mutations must contain at least one item']],
    ['mutations.0.patchType', '', [`${M}.patchType: Required value`]],
    [
      'mutations.0.patchType',
      'X',
      [
        `${M}.patchType: Unsupported value: "X": supported values: "ApplyConfiguration", "JSONPatch"`,
      ],
    ],
    [
      'mutations.0.patchType',
      'JSONPatch',
      [
        `${M}.jsonPatch: Required value: must be specified when patchType is JSONPatch`,
        `${M}.applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch`,
      ],
    ],
    [
      'mutations.0.applyConfiguration.expression',
      '',
      [`${M}.applyConfiguration.expression: Required value`],
    ],
    [
      'mutations.0.applyConfiguration.expression',
      '[JSONPatch{op: "test"}]',
      [
        `${M}.applyConfiguration.expression: Invalid value: "[JSONPatch{op: \\"test\\"}]": must evaluate to Object but got list(JSONPatch)`,
      ],
    ],
    [
      'variables.0.expression',
      'Object{}',
      [
        expect.stringContaining(
          'spec.variables[0].expression: Invalid value: "Object{}": compilation failed',
        ) as string,
      ],
    ],
  ])('with %s %j are judged', (path, value, want) => {
    const object = created(MUTATIONS, withValue(mutation, `spec.${path}`, value));
    expect(errorsOf(MUTATIONS, object)).toEqual(want);
  });
});
