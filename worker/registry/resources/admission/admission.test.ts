import { describe, expect, it } from 'vitest';
import { created, errorsOf, updated, withValue } from '../../../../test/strategy-harness.ts';

const VALIDATING = 'validatingwebhookconfigurations.admissionregistration.k8s.io';
const MUTATING = 'mutatingwebhookconfigurations.admissionregistration.k8s.io';
const POLICIES = 'validatingadmissionpolicies.admissionregistration.k8s.io';
const BINDINGS = 'validatingadmissionpolicybindings.admissionregistration.k8s.io';
const MUTATIONS = 'mutatingadmissionpolicies.admissionregistration.k8s.io';
const MUTATION_BINDINGS = 'mutatingadmissionpolicybindings.admissionregistration.k8s.io';

const rule = {
  operations: ['CREATE', 'UPDATE'],
  apiGroups: ['apps'],
  apiVersions: ['v1'],
  resources: ['deployments', 'deployments/scale'],
};
const hook = {
  name: 'policy.example.com',
  clientConfig: { service: { name: 'hook', namespace: 'kube-system', path: '/v1/check' } },
  rules: [rule],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  matchConditions: [
    { name: 'not-a-node', expression: "!('system:nodes' in request.userInfo.groups)" },
    {
      name: 'may',
      expression: "authorizer.requestResource.check('get').allowed() && request.namespace != 'x'",
    },
    { name: 'labelled', expression: "namespaceObject.metadata.labels['a'] == 'b'" },
  ],
};
const configuration = { webhooks: [hook] };
const AT = 'webhooks[0]';

describe('webhook configurations', () => {
  it('get the defaults of upstream', () => {
    const object = created(MUTATING, configuration);
    expect(object.webhooks).toMatchObject([
      {
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        timeoutSeconds: 10,
        reinvocationPolicy: 'Never',
        rules: [{ scope: '*' }],
        clientConfig: { service: { port: 443 } },
      },
    ]);
    expect(errorsOf(MUTATING, object)).toEqual([]);
    const other = created(VALIDATING, configuration);
    expect(other.webhooks).not.toHaveProperty('0.reinvocationPolicy');
    expect(errorsOf(VALIDATING, other)).toEqual([]);
  });

  const URL_FIELD = `${AT}.clientConfig.url`;
  const FORM = '; desired format: https://host[/path]';
  it.each<[string, unknown, string[]]>([
    [
      'name',
      'short',
      [
        `${AT}.name: Invalid value: "short": should be a domain with at least three segments separated by dots`,
      ],
    ],
    [
      'failurePolicy',
      'X',
      [`${AT}.failurePolicy: Unsupported value: "X": supported values: "Fail", "Ignore"`],
    ],
    [
      'sideEffects',
      undefined,
      [`${AT}.sideEffects: Required value: must specify one of None, NoneOnDryRun`],
    ],
    [
      'sideEffects',
      'Some',
      [`${AT}.sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"`],
    ],
    [
      'timeoutSeconds',
      31,
      [
        `${AT}.timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds`,
      ],
    ],
    [
      'reinvocationPolicy',
      'X',
      [`${AT}.reinvocationPolicy: Unsupported value: "X": supported values: "IfNeeded", "Never"`],
    ],
    [
      'clientConfig',
      {},
      [`${AT}.clientConfig: Required value: exactly one of url or service is required`],
    ],
    ['clientConfig', { url: 'https://example.com/a' }, []],
    [
      'clientConfig',
      { url: 'http://u@/a?b#c' },
      [
        `${URL_FIELD}: Invalid value: "http": 'https' is the only allowed URL scheme${FORM}`,
        `${URL_FIELD}: Invalid value: "": host must be specified${FORM}`,
        `${URL_FIELD}: Invalid value: "u": user information is not permitted in the URL`,
        `${URL_FIELD}: Invalid value: "c": fragments are not permitted in the URL`,
        `${URL_FIELD}: Invalid value: "b": query parameters are not permitted in the URL`,
      ],
    ],
    [
      'clientConfig',
      { url: 'example' },
      [
        `${URL_FIELD}: Invalid value: "": 'https' is the only allowed URL scheme${FORM}`,
        `${URL_FIELD}: Invalid value: "": host must be specified${FORM}`,
      ],
    ],
    [
      'clientConfig',
      { url: 'https://a b' },
      [
        `${URL_FIELD}: Required value: url must be a valid URL: parse "https://a b": invalid character " " in host name${FORM}`,
      ],
    ],
    [
      'clientConfig.service',
      { path: 'a//B', port: 0 },
      [
        `${AT}.clientConfig.service.name: Required value: service name is required`,
        `${AT}.clientConfig.service.namespace: Required value: service namespace is required`,
        `${AT}.clientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive`,
        `${AT}.clientConfig.service.path: Invalid value: "a//B": must start with a '/'`,
        `${AT}.clientConfig.service.path: Invalid value: "a//B": segment[0] may not be empty`,
        `${AT}.clientConfig.service.path: Invalid value: "a//B": segment[1] may not be empty`,
        expect.stringContaining(
          `service.path: Invalid value: "a//B": segment[2]: a lowercase RFC 1123 subdomain`,
        ) as string,
      ],
    ],
    [
      'admissionReviewVersions',
      null,
      [`${AT}.admissionReviewVersions: Required value: must specify one of v1, v1beta1`],
    ],
    [
      'admissionReviewVersions',
      ['v2', 'v2'],
      [
        `${AT}.admissionReviewVersions[1]: Invalid value: "v2": duplicate version`,
        `${AT}.admissionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1`,
      ],
    ],
    [
      'rules.0',
      {},
      ['operations', 'apiGroups', 'apiVersions', 'resources'].map(
        (field) => `${AT}.rules[0].${field}: Required value`,
      ),
    ],
    [
      'rules.0.operations',
      ['*', 'GET'],
      [
        `${AT}.rules[0].operations: Invalid value: ["*","GET"]: if '*' is present, must not specify other operations`,
        `${AT}.rules[0].operations[1]: Unsupported value: "GET": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"`,
      ],
    ],
    [
      'rules.0.apiVersions',
      ['*', ''],
      [
        `${AT}.rules[0].apiVersions: Invalid value: ["*",""]: if '*' is present, must not specify other API versions`,
        `${AT}.rules[0].apiVersions[1]: Required value`,
      ],
    ],
    [
      'rules.0.resources',
      ['pods/*', 'pods/log', '*/scale', 'a/scale', ''],
      [
        `${AT}.rules[0].resources[1]: Invalid value: "pods/log": if 'pods/*' is present, must not specify pods/log`,
        `${AT}.rules[0].resources[3]: Invalid value: "a/scale": if '*/scale' is present, must not specify a/scale`,
        `${AT}.rules[0].resources[4]: Required value`,
      ],
    ],
    [
      'rules.0.resources',
      ['*', 'pods'],
      [
        `${AT}.rules[0].resources: Invalid value: ["*","pods"]: if '*' is present, must not specify other resources without subresources`,
      ],
    ],
    [
      'rules.0.resources',
      ['*/*', 'pods/log'],
      [
        `${AT}.rules[0].resources: Invalid value: ["*/*","pods/log"]: if '*/*' is present, must not specify other resources`,
      ],
    ],
    [
      'rules.0.scope',
      'X',
      [
        `${AT}.rules[0].scope: Unsupported value: "X": supported values: "*", "Cluster", "Namespaced"`,
      ],
    ],
    [
      'matchConditions',
      [{ name: '', expression: ' ' }],
      [
        `${AT}.matchConditions[0].expression: Required value`,
        `${AT}.matchConditions[0].name: Required value`,
      ],
    ],
    [
      'matchConditions',
      [{ name: 'a', expression: 'object.x' }],
      [
        `${AT}.matchConditions[0].expression: Invalid value: "object.x": must evaluate to bool but got dyn`,
      ],
    ],
    [
      'matchConditions',
      [{ name: 'a', expression: 'params.x == 1' }],
      [
        `${AT}.matchConditions[0].expression: Invalid value: "params.x == 1": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x == 1\n | ^`,
      ],
    ],
    [
      'matchConditions',
      [
        { name: 'a', expression: 'true' },
        { name: 'a', expression: 'true' },
      ],
      [`${AT}.matchConditions[1].name: Duplicate value: "a"`],
    ],
  ])('with %s %j are judged', (path, value, want) => {
    const object = created(MUTATING, withValue(configuration, `webhooks.0.${path}`, value));
    expect(errorsOf(MUTATING, object)).toEqual(want);
  });

  it('may go on with what was let in', () => {
    const bad = withValue(configuration, 'webhooks', [
      {
        ...hook,
        sideEffects: 'Some',
        admissionReviewVersions: ['v2'],
        matchConditions: [{ name: 'a', expression: '1 +' }],
      },
      { ...hook, sideEffects: 'Some', admissionReviewVersions: ['v2'] },
    ]);
    const old = created(VALIDATING, bad);
    expect(errorsOf(VALIDATING, old)).not.toEqual([]);
    expect(errorsOf(VALIDATING, updated(VALIDATING, bad, old), old)).toEqual([]);
    const next = withValue(old, 'webhooks.1.matchConditions', []);
    expect(errorsOf(VALIDATING, next, old)).toEqual([
      expect.stringContaining(
        `${AT}.matchConditions[0].expression: Invalid value: "1 +": compilation failed`,
      ),
    ]);
  });
});

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
