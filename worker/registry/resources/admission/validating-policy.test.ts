import { describe, expect, it } from 'vitest';
import { created, errorsOf, withValue } from '../../../../test/strategy-harness.ts';

const POLICIES = 'validatingadmissionpolicies.admissionregistration.k8s.io';

const rule = {
  operations: ['CREATE', 'UPDATE'],
  apiGroups: ['apps'],
  apiVersions: ['v1'],
  resources: ['deployments', 'deployments/scale'],
};

const policy = {
  metadata: { name: 'replicas.example.com' },
  spec: {
    paramKind: { apiVersion: 'rules.example.com/v1', kind: 'ReplicaLimit' },
    matchConstraints: { resourceRules: [{ ...rule, resourceNames: ['web'] }] },
    matchConditions: [{ name: 'a', expression: 'params.enabled == true' }],
    variables: [
      { name: 'replicas', expression: 'object.spec.replicas' },
      { name: 'names', expression: "['a', 'b']" },
      { name: 'first', expression: 'variables.names[0]' },
    ],
    validations: [
      {
        expression: 'variables.replicas <= params.max && variables.first == "a"',
        message: 'too many',
        reason: 'Forbidden',
        messageExpression: "'at most ' + string(params.max)",
      },
    ],
    auditAnnotations: [{ key: 'high', valueExpression: "variables.replicas > 50 ? 'yes' : null" }],
  },
};

describe('validating admission policies', () => {
  it('get the defaults of upstream', () => {
    const object = created(POLICIES, policy);
    expect(object.spec).toMatchObject({
      failurePolicy: 'Fail',
      matchConstraints: {
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        resourceRules: [{ scope: '*' }],
      },
    });
    expect(errorsOf(POLICIES, withValue(object, 'spec.auditAnnotations', undefined))).toEqual([]);
  });

  const V = 'spec.validations[0]';
  it.each<[string, unknown, string[]]>([
    [
      'paramKind',
      { apiVersion: 'a/b/c', kind: 'x y' },
      [
        'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
        expect.stringContaining(
          'spec.paramKind.kind: Invalid value: "x y": may have mixed case, but should otherwise match: a DNS-1035 label',
        ) as string,
      ],
    ],
    ['matchConstraints', undefined, ['spec.matchConstraints: Required value']],
    ['matchConstraints.resourceRules', [], ['spec.matchConstraints.resourceRules: Required value']],
    [
      'matchConstraints.resourceRules.0.resourceNames',
      ['a', 'a', 'b/c'],
      [
        'spec.matchConstraints.resourceRules[0].resourceNames[1]: Duplicate value: "a"',
        `spec.matchConstraints.resourceRules[0].resourceNames[2]: Invalid value: "b/c": may not contain '/'`,
      ],
    ],
    [
      'variables.0',
      { name: 'for', expression: '1 + "a"' },
      [
        'spec.variables[0].name: Invalid value: "for": name is not a valid CEL identifier',
        expect.stringContaining(
          `spec.variables[0].expression: Invalid value: "1 + \\"a\\"": compilation failed: ERROR: <input>:1:3: found no matching overload for '_+_' applied to '(int, string)'`,
        ) as string,
        expect.stringContaining(`${V}.expression: Invalid value:`) as string,
      ],
    ],
    [
      'variables.2.expression',
      '',
      [
        'spec.variables[2].expression: Required value: expression is not specified',
        expect.stringContaining(`undefined field 'first'`) as string,
      ],
    ],
    [
      'variables.1.expression',
      '[1]',
      [
        expect.stringContaining(
          `${V}.expression: Invalid value: "variables.replicas <= params.max && variables.first == \\"a\\"": compilation failed: ERROR: <input>:1:53: found no matching overload for '_==_' applied to '(int, string)'`,
        ) as string,
      ],
    ],
    [
      'validations',
      [],
      [
        'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
        'spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item',
      ],
    ],
    [
      'validations.0.expression',
      ' ',
      [`${V}.expression: Required value: expression is not specified`],
    ],
    [
      'validations.0.expression',
      '1',
      [`${V}.expression: Invalid value: "1": must evaluate to bool but got int`],
    ],
    [
      'validations.0.messageExpression',
      ' ',
      [`${V}.messageExpression: Invalid value: " ": must be non-empty if specified`],
    ],
    [
      'validations.0.messageExpression',
      "authorizer.path('/x').check('get').reason()",
      [expect.stringContaining(`undeclared reference to 'authorizer'`) as string],
    ],
    [
      'validations.0.message',
      ' ',
      [`${V}.message: Invalid value: " ": message must be non-empty if specified`],
    ],
    [
      'validations.0.message',
      'a\nb',
      [`${V}.message: Invalid value: "a\\nb": message must not contain line breaks`],
    ],
    [
      'validations.0.reason',
      'Gone',
      [
        `${V}.reason: Unsupported value: "Gone": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"`,
      ],
    ],
    [
      'auditAnnotations',
      [
        { key: 'a', valueExpression: "'x'" },
        { key: 'a', valueExpression: 'null' },
      ],
      ['spec.auditAnnotations[1].key: Duplicate value: "a"'],
    ],
    [
      'auditAnnotations',
      [{ key: 'a', valueExpression: '1' }],
      [
        'spec.auditAnnotations[0].valueExpression: Invalid value: "1": must evaluate to one of [string null_type] but got int',
      ],
    ],
    [
      'auditAnnotations',
      [{ key: 'a b', valueExpression: `'${'x'.repeat(5200)}'` }],
      [
        expect.stringContaining(
          'spec.auditAnnotations[0].key: Invalid value: "replicas.example.com/a b": name part must consist',
        ) as string,
        'spec.auditAnnotations[0].valueExpression: Required value: must not exceed 5120 bytes in length',
      ],
    ],
  ])('with %s %j are judged', (path, value, want) => {
    const plain = withValue(policy, 'spec.auditAnnotations', undefined);
    const object = created(POLICIES, withValue(plain, `spec.${path}`, value));
    expect(errorsOf(POLICIES, object)).toEqual(want);
  });

  it('tell in their status what their expressions warn of', () => {
    const old = created(POLICIES, policy);
    const status = {
      typeChecking: { expressionWarnings: [{ fieldRef: ' ', warning: '' }] },
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: null, reason: 'Ok' }],
    };
    expect(errorsOf(POLICIES, { ...old, status }, old, 'status')).toEqual([
      'status.typeChecking.expressionWarnings[0].warning: Required value',
      'status.typeChecking.expressionWarnings[0].fieldRef: Required value',
      'status.conditions[0].lastTransitionTime: Required value',
    ]);
  });
});
