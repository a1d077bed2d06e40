import { describe, expect, it } from 'vitest';
import { created, errorsOf, withValue } from '../../../../test/strategy-harness.ts';

const BINDINGS = 'validatingadmissionpolicybindings.admissionregistration.k8s.io';
const MUTATION_BINDINGS = 'mutatingadmissionpolicybindings.admissionregistration.k8s.io';

const rule = {
  operations: ['CREATE', 'UPDATE'],
  apiGroups: ['apps'],
  apiVersions: ['v1'],
  resources: ['deployments', 'deployments/scale'],
};

describe('bindings of policies', () => {
  const binding = {
    spec: {
      policyName: 'a.example.com',
      paramRef: { name: 'p', namespace: 'n', parameterNotFoundAction: 'Deny' },
      matchResources: { namespaceSelector: { matchLabels: { a: 'b' } } },
      validationActions: ['Deny', 'Audit'],
    },
  };

  it.each<[string, string, unknown, string[]]>([
    [BINDINGS, 'policyName', 'a', []],
    [MUTATION_BINDINGS, 'policyName', '', ['spec.policyName: Required value']],
    [
      BINDINGS,
      'paramRef',
      {},
      [
        'spec.paramRef: Required value: one of name or selector must be specified',
        'spec.paramRef.parameterNotFoundAction: Required value',
      ],
    ],
    [
      BINDINGS,
      'paramRef.selector',
      {},
      [
        'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
        'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive',
      ],
    ],
    [
      BINDINGS,
      'paramRef.parameterNotFoundAction',
      'X',
      [
        'spec.paramRef.parameterNotFoundAction: Unsupported value: "X": supported values: "Deny", "Allow"',
      ],
    ],
    [
      BINDINGS,
      'matchResources.matchPolicy',
      'X',
      [
        'spec.matchResouces.matchPolicy: Unsupported value: "X": supported values: "Equivalent", "Exact"',
      ],
    ],
    [
      BINDINGS,
      'validationActions',
      null,
      ['spec.validationActions: Required value: at least one validation action is required'],
    ],
    [
      BINDINGS,
      'validationActions',
      ['Deny', 'Warn', 'Warn', 'X'],
      [
        'spec.validationActions[2]: Duplicate value: "Warn"',
        'spec.validationActions[3]: Unsupported value: "X": supported values: "Audit", "Deny", "Warn"',
        expect.stringContaining(
          'spec.validationActions: Invalid value: ["Deny","Warn","Warn","X"]: must not contain both Deny and Warn',
        ) as string,
      ],
    ],
    [
      MUTATION_BINDINGS,
      'matchResources.resourceRules',
      [{ ...rule, operations: ['DELETE'] }],
      [
        'spec.matchResources.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
      ],
    ],
  ])('%s with %s %j are judged', (resource, path, value, want) => {
    const object = created(resource, withValue(binding, `spec.${path}`, value));
    expect(errorsOf(resource, object)).toEqual(want);
  });
});
